package io.kvorum.node.ctl;

import io.kvorum.node.proto.etcd.Compare;
import org.jspecify.annotations.Nullable;

/// A comparison of a transaction, as `mod("key") > "0"`.
final class Comparison {

  private Comparison() {}

  static Compare parse(String line) throws Failure {
    String shown = Flags.bytes(line).toStringUtf8();
    int open = line.indexOf('(');
    if (open < 0) {
      throw Failure.invalidInput("malformed comparison: " + shown);
    }
    Quoted key = Quoted.read(line, skipBlanks(line, open + 1));
    if (key == null || !line.startsWith(") ", key.end())) {
      throw malformed(line, open, key, "", null);
    }
    int from = skipBlanks(line, key.end() + 1);
    int to = from;
    while (to < line.length() && line.charAt(to) != ' ') {
      to++;
    }
    String operator = line.substring(from, to);
    Quoted value = Quoted.read(line, skipBlanks(line, to));
    if (value == null) {
      throw malformed(line, open, key, operator, null);
    }
    var compare = Compare.newBuilder().setKey(Flags.bytes(key.text()));
    compare.setResult(result(operator, shown));
    setTarget(compare, line.substring(0, open), value.text(), shown);
    return compare.build();
  }

  private static int skipBlanks(String line, int at) {
    int next = at;
    while (next < line.length() && line.charAt(next) == ' ') {
      next++;
    }
    return next;
  }

  private static Failure malformed(
      String line, int open, @Nullable Quoted key, String operator, @Nullable Quoted value) {
    return Failure.invalidInput(
        "malformed comparison: %s; got %s(%s) %s %s"
            .formatted(
                Flags.bytes(line).toStringUtf8(),
                Flags.bytes(line.substring(0, open)).toStringUtf8(),
                quote(key),
                Flags.bytes(operator).toStringUtf8(),
                quote(value)));
  }

  private static String quote(@Nullable Quoted quoted) {
    return GoText.quote(Flags.bytes(quoted == null ? "" : quoted.text()));
  }

  private static Compare.CompareResult result(String operator, String shown) throws Failure {
    return switch (operator) {
      case "=" -> Compare.CompareResult.EQUAL;
      case "!=" -> Compare.CompareResult.NOT_EQUAL;
      case ">" -> Compare.CompareResult.GREATER;
      case "<" -> Compare.CompareResult.LESS;
      default ->
          throw Failure.invalidInput(
              "malformed comparison: " + shown + " (unknown operator " + operator + ")");
    };
  }

  private static void setTarget(Compare.Builder compare, String target, String value, String shown)
      throws Failure {
    switch (target) {
      case "ver", "version" ->
          compare.setTarget(Compare.CompareTarget.VERSION).setVersion(number(value, 10, shown));
      case "c", "create" ->
          compare
              .setTarget(Compare.CompareTarget.CREATE)
              .setCreateRevision(number(value, 10, shown));
      case "m", "mod" ->
          compare.setTarget(Compare.CompareTarget.MOD).setModRevision(number(value, 10, shown));
      case "val", "value" ->
          compare.setTarget(Compare.CompareTarget.VALUE).setValue(Flags.bytes(value));
      case "lease" ->
          compare.setTarget(Compare.CompareTarget.LEASE).setLease(number(value, 16, shown));
      default ->
          throw Failure.invalidInput(
              "malformed comparison: " + shown + " (unknown target " + target + ")");
    }
  }

  private static long number(String value, int radix, String shown) throws Failure {
    if (GoText.integer(value, radix) instanceof GoText.Parsed.Value number) {
      return number.number();
    }
    throw Failure.invalidInput("invalid txn compare request: " + shown);
  }
}
