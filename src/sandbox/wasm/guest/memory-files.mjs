// The files that a portable program sees: Emscripten's, in memory alone. The library is read-only, /tmp is the program's
// and emptied after it; descriptor 3 is the channel, 0 and 1 are buffers of ours. Sizes are bounded as in the jail.
// @ts-check

/** @typedef {import("./import-lock.mjs").Import} Import */

/** A program that left, by exit code or minus the signal. */
export class Left extends Error {
  /** @param {number} status */
  constructor(status) {
    super(`status ${status}`);
    this.status = status;
  }
}

// WASI's numbers.
const [EBADF, EFBIG, EINVAL, EMFILE, ENODEV, ENOSPC, ENOTTY, EPERM] = [8, 22, 28, 33, 43, 51, 59, 63];
const CHANNEL = 3;
const scratchBytes = 16 << 20;
const scratchFiles = 4096;
const descriptors = 64;
const sigabrt = 6;
/** So often a sleeper says how long it has slept. */
const longestNapMs = 10;

/** Calls that may pass as they are: they read, or touch only what is the program's. */
const passing = [
  "getcwd chdir stat64 lstat64 fstat64 newfstatat statfs64 fstatfs64 getdents64 readlinkat faccessat dup dup3 fcntl64",
  "unlinkat rmdir renameat fdatasync",
]
  .join(" ")
  .split(" ")
  .map((name) => `__syscall_${name}`)
  .concat("fd_seek", "fd_fdstat_get");

export class MemoryFiles {
  /** What the current visit is about. */
  /** @type {Buffer} */
  input = Buffer.alloc(0);
  /** @type {Buffer} */
  frame = Buffer.alloc(0);
  outputBytes = 0;
  memoryBytes = 0;
  /** @type {Buffer[]} */
  printed = [];
  printedBytes = 0;
  writtenBytes = 0;
  madeFiles = 0;
  touched = false;
  /** @param {Buffer} _bytes */
  onChannel = (_bytes) => {};
  /** @type {any} */
  module = undefined;

  /** @param {Int32Array} alarm */
  constructor(alarm) {
    this.alarm = alarm;
  }

  /** What stands in for the imports that deal with files, memory and the end. @returns {Map<string, (original: Import) => Import>} */
  imports() {
    /** @type {Map<string, (original: Import) => Import>} */
    const replaced = new Map();
    for (const name of passing)
      replaced.set(name, (original) => (...values) => {
        this.touched = true;
        return original(...values);
      });
    replaced.set(
      "fd_read",
      (original) =>
        (...values) =>
          this.read(original, values),
    );
    for (const name of ["fd_close", "fd_sync"])
      replaced.set(name, (original) => (descriptor = -1) => {
        const { stream, standard } = this.#stream(descriptor);
        this.touched = true;
        if (standard < 0 && descriptor !== CHANNEL) return original(descriptor);
        // A device of ours is never asked: its number is free again, and clean() gives it back.
        if (stream && name === "fd_close") this.module.FS.streams[descriptor] = undefined;
        return stream ? 0 : EBADF;
      });
    replaced.set("fd_pread", (original) => original);
    replaced.set(
      "fd_write",
      (original) =>
        (...values) =>
          this.write(original, values),
    );
    replaced.set("fd_pwrite", () => () => EINVAL);
    replaced.set(
      "__syscall_openat",
      (original) =>
        (...values) =>
          this.open(original, values),
    );
    replaced.set(
      "__syscall_mkdirat",
      (original) =>
        (...values) =>
          this.make(original, values),
    );
    replaced.set(
      "__syscall_symlinkat",
      (original) =>
        (...values) =>
          this.make(original, values),
    );
    replaced.set("__syscall_chmod", () => () => -EPERM);
    replaced.set("__syscall_fchmod", () => () => -EPERM);
    replaced.set("__syscall_fchmodat2", () => () => -EPERM);
    replaced.set("__syscall_utimensat", () => () => -EPERM);
    replaced.set("__syscall_ioctl", () => () => -ENOTTY);
    replaced.set(
      "__syscall_poll",
      (original) =>
        (...values) =>
          this.poll(original, values),
    );
    replaced.set("_maybe_poll_async", () => () => /** @type {any} */ (null));
    replaced.set("__syscall_getuid32_js", () => () => 65_534);
    for (const name of ["_mmap_js", "_munmap_js", "_msync_js"]) replaced.set(name, () => () => -ENODEV);
    replaced.set("can_run_sync_js", () => () => 0);
    replaced.set(
      "emscripten_resize_heap",
      (original) => (size) => (size >>> 0 > this.memoryBytes ? 0 : original(size)),
    );
    replaced.set("proc_exit", () => (code) => {
      throw new Left(code & 255);
    });
    replaced.set("exit", () => (code) => {
      throw new Left(code & 255);
    });
    for (const name of ["_abort_js", "__assert_fail", "abort"])
      replaced.set(name, () => () => {
        throw new Left(-sigabrt);
      });
    return replaced;
  }

  /** The interpreter is ready: everything that is there now stays as it is. @param {any} module */
  seal(module) {
    this.module = module;
    const { FS } = module;
    FS.ignorePermissions = false;
    FS.currentPath = "/";
    // What the jail lacks is missing here too.
    const root = FS.lookupPath("/").node;
    for (const name of ["home", "proc"]) {
      FS.destroyNode(root.contents[name]);
      delete root.contents[name];
    }
    this.#empty("/tmp");
    for (const path of ["/lib", "/dev"]) this.#readOnly(path);
    FS.chmod("/", 0o555);
    FS.currentPath = "/tmp";
    // The channel's number is taken, so that no file gets it.
    if (!FS.streams[CHANNEL]) FS.streams[CHANNEL] = FS.streams[2];
    this.streams = [...FS.streams];
  }

  /** @param {string} path */
  #readOnly(path) {
    const { FS } = this.module;
    const { node } = FS.lookupPath(path, { follow: false });
    if (FS.isLink(node.mode)) return;
    if (FS.isDir(node.mode))
      for (const name of FS.readdir(path))
        if (name !== "." && name !== "..") this.#readOnly(`${path}/${name}`);
    // What has no mode of its own to set (/proc) can't be written to anyway; devices must stay writable.
    if (node.node_ops.setattr && (FS.isDir(node.mode) || FS.isFile(node.mode)))
      FS.chmod(path, FS.isDir(node.mode) ? 0o555 : 0o444, true);
  }

  /** Before a program. @param {{ frame: Buffer, stdin: string, outputBytes: number, memoryBytes: number }} visit */
  begin({ frame, stdin, outputBytes, memoryBytes }) {
    this.frame = frame;
    this.input = Buffer.from(stdin, "utf8");
    this.outputBytes = outputBytes;
    this.memoryBytes = memoryBytes;
    this.printed = [];
    this.printedBytes = 0;
    this.writtenBytes = 0;
    this.madeFiles = 0;
    this.touched = false;
  }

  /** After a program: closes what it opened, removes what it made. */
  clean() {
    if (!this.touched) return;
    const { FS } = this.module;
    FS.streams.length = 0;
    FS.streams.push(.../** @type {any[]} */ (this.streams));
    FS.currentPath = "/tmp";
    this.#empty("/tmp");
  }

  /** @param {string} top */
  #empty(top) {
    const { FS } = this.module;
    FS.ignorePermissions = true;
    // Not by recursion: a program may nest as deep as it likes.
    const folders = [FS.lookupPath(top).node];
    for (let folder = folders.at(-1); folder; folder = folders.at(-1)) {
      const [name] = Object.keys(folder.contents);
      if (name === undefined) {
        folders.pop();
        const parent = folders.at(-1);
        if (parent) parent.node_ops.rmdir(parent, folder.name);
        if (parent) FS.destroyNode(folder);
        continue;
      }
      const node = folder.contents[name];
      if (FS.isDir(node.mode)) folders.push(node);
      else {
        folder.node_ops.unlink(folder, name);
        FS.destroyNode(node);
      }
    }
    FS.ignorePermissions = false;
  }

  /** @param {number} list @param {number} count @returns {Buffer[]} the parts of memory that a call names */
  #parts(list, count) {
    const { buffer } = this.module.HEAPU8;
    const words = new DataView(buffer);
    if (count < 0 || count > 1024) throw new Left(-sigabrt);
    return Array.from({ length: count }, (_, i) => {
      const at = words.getUint32((list >>> 0) + 8 * i, true);
      return Buffer.from(buffer, at, words.getUint32((list >>> 0) + 8 * i + 4, true));
    });
  }

  /** @param {number} at @param {number} value */
  #answer(at, value) {
    new DataView(this.module.HEAPU8.buffer).setUint32(at >>> 0, value, true);
    return 0;
  }

  /** The device behind a descriptor: a number for one of ours. @param {number} descriptor */
  #stream(descriptor) {
    const stream = this.module.FS.streams[descriptor];
    const standard = this.streams?.indexOf(stream) ?? -1;
    return { stream, standard: stream && standard >= 0 && standard <= 2 ? standard : -1 };
  }

  /** @param {Import} original @param {number[]} values */
  read(original, values) {
    const [descriptor = -1, list = 0, count = 0, result = 0] = values;
    const { stream, standard } = this.#stream(descriptor);
    if (!stream) return EBADF;
    if (descriptor !== CHANNEL && standard !== 0) {
      if (standard > 0 || stream.tty) return EBADF;
      this.touched = true;
      return original(...values);
    }
    let done = 0;
    for (const part of this.#parts(list, count)) {
      const source = descriptor === CHANNEL ? this.frame : this.input;
      const copied = source.copy(part, 0, 0, Math.min(part.length, source.length));
      if (descriptor === CHANNEL) this.frame = source.subarray(copied);
      else this.input = source.subarray(copied);
      done += copied;
      if (copied < part.length) break;
    }
    return this.#answer(result, done);
  }

  /** @param {Import} original @param {number[]} values */
  write(original, values) {
    const [descriptor = -1, list = 0, count = 0, result = 0] = values;
    const { stream, standard } = this.#stream(descriptor);
    if (!stream) return EBADF;
    const parts = this.#parts(list, count);
    const length = parts.reduce((sum, part) => sum + part.length, 0);
    if (descriptor === CHANNEL) {
      for (const part of parts) this.onChannel(Buffer.from(part));
      return this.#answer(result, length);
    }
    if (standard === 0) return EBADF;
    if (standard === 1) {
      const room = this.outputBytes - this.printedBytes;
      if (room <= 0 && length > 0) return EFBIG;
      const kept = Buffer.concat(parts).subarray(0, room);
      this.printed.push(kept);
      this.printedBytes += kept.length;
      return this.#answer(result, kept.length);
    }
    // Standard error and terminals swallow what they get.
    if (standard === 2 || stream.tty) return this.#answer(result, length);
    this.touched = true;
    if (stream.position + length > this.outputBytes) return EFBIG;
    this.writtenBytes += length;
    return this.writtenBytes > scratchBytes ? ENOSPC : original(...values);
  }

  /** @param {Import} original @param {number[]} values */
  open(original, values) {
    this.touched = true;
    if (++this.madeFiles > 8 * scratchFiles) return -ENOSPC;
    const open = this.module.FS.streams.filter(Boolean).length;
    return open >= descriptors ? -EMFILE : original(...values);
  }

  /** @param {Import} original @param {number[]} values */
  make(original, values) {
    this.touched = true;
    return ++this.madeFiles > scratchFiles ? -ENOSPC : original(...values);
  }

  /** Sleeping takes no CPU time, which the supervisor is told, and ends when the alarm rings. @param {Import} original @param {number[]} values */
  poll(original, values) {
    const [list = 0, count = 0, milliseconds = 0] = values;
    const ready = original(list, count, 0);
    if (ready !== 0 || milliseconds === 0) return ready;
    let now = performance.now();
    const end = now + (milliseconds < 0 ? Number.POSITIVE_INFINITY : milliseconds);
    while (now < end && Atomics.load(this.alarm, 0) === 0) {
      Atomics.wait(this.alarm, 0, 0, Math.min(longestNapMs, end - now));
      const woken = performance.now();
      Atomics.add(this.alarm, 1, Math.round(1000 * (woken - now)));
      now = woken;
    }
    return 0;
  }
}
