// The few parts of the browser's document that the page's script uses. Declared here and not taken from TypeScript's
// "dom" library, whose globals would then exist, for the compiler, in all the code that runs in Node.

export interface PageEvent {
  key: string;
  target: PageElement | null;
  clientX: number;
  clientY: number;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
  preventDefault(): void;
}

export interface PageElement {
  textContent: string | null;
  className: string;
  hidden: boolean;
  value: string;
  checked: boolean;
  tagName: string;
  firstElementChild: PageElement | null;
  parentElement: PageElement | null;
  style: Record<string, string>;
  offsetWidth: number;
  offsetHeight: number;
  append(...children: (PageElement | string)[]): void;
  replaceChildren(...children: (PageElement | string)[]): void;
  remove(): void;
  setAttribute(name: string, value: string): void;
  getAttribute(name: string): string | null;
  querySelector(selector: string): PageElement | null;
  querySelectorAll(selector: string): Iterable<PageElement>;
  closest(selector: string): PageElement | null;
  addEventListener(type: string, listener: (event: PageEvent) => void): void;
  focus(): void;
  scrollIntoView(options: { block: "nearest" | "start" }): void;
}

export interface PageDocument {
  body: PageElement;
  activeElement: PageElement | null;
  documentElement: { clientWidth: number; clientHeight: number };
  createElement(name: string): PageElement;
  getElementById(id: string): PageElement | null;
  querySelectorAll(selector: string): Iterable<PageElement>;
  addEventListener(type: string, listener: (event: PageEvent) => void): void;
}
