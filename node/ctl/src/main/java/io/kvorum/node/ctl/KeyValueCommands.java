package io.kvorum.node.ctl;

import com.google.protobuf.ByteString;
import io.kvorum.node.proto.etcd.CompactionRequest;
import io.kvorum.node.proto.etcd.DeleteRangeRequest;
import io.kvorum.node.proto.etcd.KVGrpc;
import io.kvorum.node.proto.etcd.PutRequest;
import io.kvorum.node.proto.etcd.RangeRequest;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Locale;

/// put, get, del and compaction. Their requests also come from the lines of a transaction.
final class KeyValueCommands {

  static final Command GET =
      new Command(
          "get",
          "KEY [END]",
          "print a key, or the keys from KEY up to (not including) END",
          "",
          List.of(
              Flag.toggle("prefix", "all keys that begin with KEY"),
              Flag.toggle("from-key", "all keys from KEY on"),
              Flag.number("limit", "at most this many keys; 0: all"),
              Flag.number("rev", "as of this revision; 0: now"),
              Flag.text("order", "", "ASCEND or DESCEND"),
              Flag.text("sort-by", "", "CREATE, KEY, MODIFY, VALUE or VERSION"),
              Flag.toggle("keys-only", "keys without values"),
              Flag.toggle("count-only", "the number of keys (with -w fields)"),
              Flag.toggle("print-value-only", "values without keys (with -w simple)"),
              Flag.text("consistency", "l", "l: linearizable, s: what the asked member has"),
              Flag.number("min-create-rev", "only keys created at this revision or later"),
              Flag.number("max-create-rev", "only keys created at this revision or earlier"),
              Flag.number("min-mod-rev", "only keys changed at this revision or later"),
              Flag.number("max-mod-rev", "only keys changed at this revision or earlier")),
          KeyValueCommands::get);

  static final Command PUT =
      new Command(
          "put",
          "KEY [VALUE]",
          "set a key; the value comes from standard input when it is not given",
          "A value that begins with '-' stands behind '--': put KEY -- VALUE",
          List.of(
              Flag.text("lease", "0", "attach this lease (in hexadecimal)"),
              Flag.toggle("prev-kv", "print what the key held before"),
              Flag.toggle("ignore-value", "keep the value the key has"),
              Flag.toggle("ignore-lease", "keep the lease the key has")),
          KeyValueCommands::put);

  static final Command DELETE =
      new Command(
          "del",
          "KEY [END]",
          "remove a key, or the keys from KEY up to (not including) END",
          "",
          List.of(
              Flag.toggle("prefix", "all keys that begin with KEY"),
              Flag.toggle("from-key", "all keys from KEY on"),
              Flag.toggle("range", "says that END is meant (it is understood without)"),
              Flag.toggle("prev-kv", "print what was removed")),
          KeyValueCommands::delete);

  static final Command COMPACTION =
      new Command(
          "compaction",
          "REVISION",
          "forget what stood before a revision",
          "",
          List.of(Flag.toggle("physical", "wait until the space is free to be used again")),
          KeyValueCommands::compact);

  /// One byte 0: as a key the lowest, as the end of a range "no end".
  private static final ByteString ZERO = ByteString.copyFrom(new byte[1]);

  private KeyValueCommands() {}

  private static void get(Invocation invocation) throws Failure, IOException {
    RangeRequest request = rangeRequest(invocation.flags(), invocation.arguments());
    boolean valuesOnly = invocation.flags().on("print-value-only");
    if (invocation.flags().on("count-only") && !invocation.asFields()) {
      throw Failure.badArguments("--count-only is only for `--write-out=fields`");
    }
    invocation.print(
        new Answer.Get(
            invocation.client().read(channel -> KVGrpc.newBlockingStub(channel).range(request)),
            valuesOnly));
  }

  private static void put(Invocation invocation) throws Failure, IOException {
    PutRequest request =
        putRequest(invocation.flags(), invocation.arguments(), invocation.console().input());
    invocation.print(
        new Answer.Put(
            invocation.client().write(channel -> KVGrpc.newBlockingStub(channel).put(request))));
  }

  private static void delete(Invocation invocation) throws Failure, IOException {
    DeleteRangeRequest request = deleteRequest(invocation.flags(), invocation.arguments());
    invocation.print(
        new Answer.Delete(
            invocation
                .client()
                .write(channel -> KVGrpc.newBlockingStub(channel).deleteRange(request))));
  }

  private static void compact(Invocation invocation) throws Failure, IOException {
    if (invocation.arguments().size() != 1) {
      throw Failure.badArguments("compaction command needs 1 argument");
    }
    long revision =
        switch (GoText.integer(invocation.argument(0), 10)) {
          case GoText.Parsed.Value value -> value.number();
          case GoText.Parsed.Wrong wrong -> throw Failure.error(wrong.why());
        };
    CompactionRequest request =
        CompactionRequest.newBuilder()
            .setRevision(revision)
            .setPhysical(invocation.flags().on("physical"))
            .build();
    invocation.client().write(channel -> KVGrpc.newBlockingStub(channel).compact(request));
    invocation.console().output().line("compacted revision " + revision);
  }

  static RangeRequest rangeRequest(Flags flags, List<ByteString> arguments) throws Failure {
    var request =
        RangeRequest.newBuilder()
            .setLimit(flags.number("limit"))
            .setRevision(flags.number("rev"))
            .setKeysOnly(flags.on("keys-only"))
            .setCountOnly(flags.on("count-only"))
            .setMinCreateRevision(flags.number("min-create-rev"))
            .setMaxCreateRevision(flags.number("max-create-rev"))
            .setMinModRevision(flags.number("min-mod-rev"))
            .setMaxModRevision(flags.number("max-mod-rev"))
            .setSortOrder(sortOrder(flags.text("order")))
            .setSortTarget(sortTarget(flags.text("sort-by")));
    if (flags.on("keys-only") && flags.on("count-only")) {
      throw Failure.badArguments(
          "`--keys-only` and `--count-only` cannot be set at the same time, choose one");
    }
    switch (flags.text("consistency")) {
      case "l" -> {}
      case "s" -> request.setSerializable(true);
      default ->
          throw Failure.badFeature(
              "unknown consistency flag " + GoText.quote(flags.text("consistency")));
    }
    Range range = range("get", flags, arguments);
    if (request.getSortTarget() == RangeRequest.SortTarget.KEY
        && request.getSortOrder() == RangeRequest.SortOrder.ASCEND) {
      request.setSortOrder(RangeRequest.SortOrder.NONE);
    }
    return request.setKey(range.key()).setRangeEnd(range.end()).build();
  }

  private static RangeRequest.SortOrder sortOrder(String text) throws Failure {
    return switch (text.toUpperCase(Locale.ROOT)) {
      case "" -> RangeRequest.SortOrder.NONE;
      case "ASCEND" -> RangeRequest.SortOrder.ASCEND;
      case "DESCEND" -> RangeRequest.SortOrder.DESCEND;
      default -> throw Failure.badFeature("bad sort order " + text);
    };
  }

  private static RangeRequest.SortTarget sortTarget(String text) throws Failure {
    return switch (text.toUpperCase(Locale.ROOT)) {
      case "", "KEY" -> RangeRequest.SortTarget.KEY;
      case "CREATE" -> RangeRequest.SortTarget.CREATE;
      case "MODIFY" -> RangeRequest.SortTarget.MOD;
      case "VALUE" -> RangeRequest.SortTarget.VALUE;
      case "VERSION" -> RangeRequest.SortTarget.VERSION;
      default -> throw Failure.badFeature("bad sort target " + text);
    };
  }

  static DeleteRangeRequest deleteRequest(Flags flags, List<ByteString> arguments) throws Failure {
    Range range = range("del", flags, arguments);
    return DeleteRangeRequest.newBuilder()
        .setKey(range.key())
        .setRangeEnd(range.end())
        .setPrevKv(flags.on("prev-kv"))
        .build();
  }

  static PutRequest putRequest(Flags flags, List<ByteString> arguments, InputStream input)
      throws Failure, IOException {
    if (arguments.isEmpty()) {
      throw Failure.badArguments(
          "put command needs 1 argument and input from stdin or 2 arguments");
    }
    boolean ignoreValue = flags.on("ignore-value");
    if (ignoreValue && arguments.size() > 1) {
      throw Failure.badArguments("put command needs only 1 argument when 'ignore-value' is set");
    }
    if (arguments.size() > 2) {
      throw Failure.badArguments(
          "put command takes one key and one value (quote a value with blanks)");
    }
    long lease = Invocation.leaseId(flags.text("lease"), "");
    var request =
        PutRequest.newBuilder()
            .setKey(arguments.getFirst())
            .setLease(lease)
            .setPrevKv(flags.on("prev-kv"))
            .setIgnoreLease(flags.on("ignore-lease"))
            .setIgnoreValue(ignoreValue);
    if (!ignoreValue) {
      request.setValue(arguments.size() == 2 ? arguments.get(1) : valueFrom(input));
    }
    return request.build();
  }

  private static ByteString valueFrom(InputStream input) throws Failure, IOException {
    ByteString value = ByteString.readFrom(input);
    if (value.isEmpty()) {
      throw Failure.badArguments(
          "put command needs 1 argument and input from stdin or 2 arguments");
    }
    return value;
  }

  /// The keys from `key` up to `end`; an empty end is one key, the byte 0 is no end.
  record Range(ByteString key, ByteString end) {}

  private static Range range(String command, Flags flags, List<ByteString> arguments)
      throws Failure {
    if (flags.on("prefix") && flags.on("from-key")) {
      throw Failure.badArguments(
          "`--prefix` and `--from-key` cannot be set at the same time, choose one");
    }
    if (arguments.isEmpty() || arguments.size() > 2) {
      throw Failure.badArguments(
          command + " command needs one argument as key and an optional argument as range_end");
    }
    ByteString key = arguments.getFirst();
    boolean open = flags.on("prefix") || flags.on("from-key");
    if (open && arguments.size() > 1) {
      throw Failure.badArguments(
          "too many arguments, only accept one argument when `--prefix` or `--from-key` is set");
    }
    if (flags.on("prefix")) {
      return prefix(key);
    }
    if (flags.on("from-key")) {
      return new Range(key.isEmpty() ? ZERO : key, ZERO);
    }
    return new Range(key, arguments.size() == 2 ? arguments.get(1) : ByteString.EMPTY);
  }

  /// All keys that begin with a prefix: its end is the prefix with its last byte raised.
  static Range prefix(ByteString prefix) {
    if (prefix.isEmpty()) {
      return new Range(ZERO, ZERO);
    }
    for (int last = prefix.size() - 1; last >= 0; last--) {
      if (prefix.byteAt(last) != (byte) 0xff) {
        byte[] end = prefix.substring(0, last + 1).toByteArray();
        end[last]++;
        return new Range(prefix, ByteString.copyFrom(end));
      }
    }
    return new Range(prefix, ZERO);
  }
}
