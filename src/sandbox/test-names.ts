// Which names of an assert are the program's to define, so far as its text tells: the rules of python/names.py, for the one
// question that has to be answered when a test is read. An assert may ask the program for one thing. A second name beside
// it (`f(2) == pi * 4`, `f(2) == pytest.approx(2.5)`) stands where the expected value is made, and whoever defines it passes.

const builtins = new Set(
  (
    "ArithmeticError AssertionError AttributeError BaseException BaseExceptionGroup BlockingIOError " +
    "BrokenPipeError BufferError BytesWarning ChildProcessError ConnectionAbortedError ConnectionError " +
    "ConnectionRefusedError ConnectionResetError DeprecationWarning EOFError Ellipsis EncodingWarning " +
    "EnvironmentError Exception ExceptionGroup FileExistsError FileNotFoundError FloatingPointError " +
    "FutureWarning GeneratorExit IOError ImportError ImportWarning IndentationError IndexError " +
    "InterruptedError IsADirectoryError KeyError KeyboardInterrupt LookupError MemoryError " +
    "ModuleNotFoundError NameError NotADirectoryError NotImplemented NotImplementedError OSError " +
    "OverflowError PendingDeprecationWarning PermissionError ProcessLookupError RecursionError " +
    "ReferenceError ResourceWarning RuntimeError RuntimeWarning StopAsyncIteration StopIteration " +
    "SyntaxError SyntaxWarning SystemError SystemExit TabError TimeoutError TypeError UnboundLocalError " +
    "UnicodeDecodeError UnicodeEncodeError UnicodeError UnicodeTranslateError UnicodeWarning UserWarning " +
    "ValueError Warning ZeroDivisionError abs aiter all anext any ascii bin bool breakpoint bytearray " +
    "bytes callable chr classmethod compile complex copyright credits delattr dict dir divmod enumerate " +
    "eval exec exit filter float format frozenset getattr globals hasattr hash help hex id input int " +
    "isinstance issubclass iter len license list locals map max memoryview min next object oct open ord " +
    "pow print property quit range repr reversed round set setattr slice sorted staticmethod str sum " +
    "super tuple type vars zip PythonFinalizationError __name__ __doc__ __import__"
  ).split(" "),
);

/** Functions and types that tests use without an import: _TOOLS of python/names.py. */
const tools = new Set(
  "isclose isnan isinf inf nan allclose array_equal Counter OrderedDict defaultdict deque Fraction Decimal".split(
    " ",
  ),
);

const modules = new Set(
  (
    "np numpy " +
    "abc aifc antigravity argparse array ast asynchat asyncio asyncore atexit audioop base64 bdb binascii bisect " +
    "builtins bz2 cProfile calendar cgi cgitb chunk cmath cmd code codecs codeop collections colorsys " +
    "compileall concurrent configparser contextlib contextvars copy copyreg crypt csv ctypes curses " +
    "dataclasses datetime dbm decimal difflib dis distutils doctest email encodings ensurepip enum errno " +
    "faulthandler fcntl filecmp fileinput fnmatch fractions ftplib functools gc genericpath getopt " +
    "getpass gettext glob graphlib grp gzip hashlib heapq hmac html http idlelib imaplib imghdr imp " +
    "importlib inspect io ipaddress itertools json keyword lib2to3 linecache locale logging lzma mailbox " +
    "mailcap marshal math mimetypes mmap modulefinder msilib msvcrt multiprocessing netrc nis nntplib nt " +
    "ntpath nturl2path numbers opcode operator optparse os ossaudiodev pathlib pdb pickle pickletools " +
    "pipes pkgutil platform plistlib poplib posix posixpath pprint profile pstats pty pwd py_compile " +
    "pyclbr pydoc pydoc_data pyexpat queue quopri random re readline reprlib resource rlcompleter runpy " +
    "sched secrets select selectors shelve shlex shutil signal site smtpd smtplib sndhdr socket " +
    "socketserver spwd sqlite3 sre_compile sre_constants sre_parse ssl stat statistics string stringprep " +
    "struct subprocess sunau symtable sys sysconfig syslog tabnanny tarfile telnetlib tempfile termios " +
    "textwrap this threading time timeit tkinter token tokenize tomllib trace traceback tracemalloc tty turtle " +
    "turtledemo types typing unicodedata unittest urllib uu uuid venv warnings wave weakref webbrowser " +
    "winreg winsound wsgiref xdrlib xml xmlrpc zipapp zipfile zipimport zlib zoneinfo"
  ).split(" "),
);

const keywords = new Set(
  "None True False and or not in is if else for lambda await async yield from assert".split(" "),
);

/**
 * The names of the program that an assert reads for itself, in the order of its text: not those that only are arguments
 * of a call of the program, for what is given to a program may be the program's.
 * @param words the tokens of the assert without white space, after the word `assert` and up to its message
 * @param known names that the rest of the test may define
 */
export function namesOfProgram(words: readonly string[], known: ReadonlySet<string>): string[] {
  const found = new Set<string>();
  const bound = boundIn(words);
  /** Of each open bracket: whether it holds the arguments of the program. */
  const open: boolean[] = [];
  let closed = false;
  const isOurs = (at: number): boolean => {
    const word = words[at];
    if (word === undefined) return false;
    if (word === ")" || word === "]" || word.startsWith(".")) return closed;
    return isName(word) && isProgram(word, words[at + 1]);
  };
  const isProgram = (word: string, next: string | undefined): boolean => {
    const [root, ...attributes] = word.split(".") as [string, ...string[]];
    if (keywords.has(word) || bound.has(root) || known.has(root) || builtins.has(root) || tools.has(root))
      return false;
    return !(modules.has(root) && (attributes.length > 0 || next?.startsWith(".")));
  };
  for (const [at, word] of words.entries()) {
    if (word === "(" || word === "[" || word === "{") open.push(word === "(" && isOurs(at - 1));
    else if (word === ")" || word === "]" || word === "}") closed = open.pop() ?? false;
    else if (open.includes(true)) continue;
    else if (/^[rR]?[fF][rR]?["']/.test(word)) {
      for (const [, inner] of word.matchAll(/\{([^{}"']*)\}/g))
        for (const name of inner!.match(/(?<![\p{L}\p{N}_.])[\p{L}_][\p{L}\p{N}_.]*/gu) ?? [])
          if (isProgram(name, undefined)) found.add(name.split(".")[0]!);
    } else if (isName(word) && words[at + 1] !== "=" && isProgram(word, words[at + 1]))
      found.add(word.split(".")[0]!);
  }
  return [...found];
}

function isName(word: string): boolean {
  return /^[\p{L}_][\p{L}\p{N}_.]*$/u.test(word);
}

/** Names that the assert itself binds: of its lambdas, comprehensions and `:=`. */
function boundIn(words: readonly string[]): Set<string> {
  const bound = new Set<string>();
  let until: string | undefined;
  for (const [at, word] of words.entries()) {
    if (word === until) until = undefined;
    else if (word === "lambda") until = ":";
    else if (word === "for") until = "in";
    else if (until !== undefined || words[at + 1] === ":=") bound.add(word);
  }
  return bound;
}
