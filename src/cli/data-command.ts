// mucode data: the public benchmarks' files on this machine.
import { Command } from "@commander-js/extra-typings";
import { dataCheckCommand } from "./data-check-command.ts";
import { dataGetCommand } from "./data-get-command.ts";
import { dataListCommand } from "./data-list-command.ts";

export function dataCommand() {
  const command = new Command("data").description("the files of the public benchmarks");
  command.addCommand(dataGetCommand());
  command.addCommand(dataListCommand());
  command.addCommand(dataCheckCommand());
  return command;
}
