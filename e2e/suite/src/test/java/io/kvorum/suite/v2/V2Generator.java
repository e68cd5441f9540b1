package io.kvorum.suite.v2;

import io.kvorum.suite.v2.V2Client.Call;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;

/// Requests for keys as clients send them, and as they should not.
final class V2Generator {

  private static final List<String> PATHS =
      List.of(
          "/r",
          "/r/a",
          "/r/a/b",
          "/r/a/b/c",
          "/r/_h",
          "/r/a/_h/x",
          "/r/b",
          "/r/%E4%B8%AD%3C",
          "/r/a/",
          "/r//a",
          "/r/./b",
          "",
          "/");
  private static final List<String> VALUES = List.of("1", "2", "", "<a&b>", "\u4e2d\n\"\\");
  private static final List<String> BOOLEANS = List.of("true", "false", "1", "T", "", "yes");
  private static final List<String> TTLS = List.of("100", "100", "3600", "", "x", "-1");

  private final RandomGenerator random;

  V2Generator(RandomGenerator random) {
    this.random = random;
  }

  /// @param index of the last change
  Call call(long index) {
    String method =
        switch (random.nextInt(12)) {
          case 0, 1, 2, 3 -> "PUT";
          case 4, 5 -> "POST";
          case 6, 7 -> "DELETE";
          case 8 -> random.nextInt(4) == 0 ? "PATCH" : "HEAD";
          default -> "GET";
        };
    Map<String, String> form = new HashMap<>();
    switch (method) {
      case "PUT", "POST" -> write(form, index);
      case "DELETE" -> delete(form, index);
      default -> read(form);
    }
    if (random.nextInt(40) == 0) {
      form.put("wait", one(BOOLEANS));
    }
    if (method.equals("GET")) {
      form.remove("wait");
    }
    return new Call(method, "/keys" + one(PATHS), form);
  }

  private void write(Map<String, String> form, long index) {
    maybe(form, "value", 8, VALUES);
    maybe(form, "dir", 2, BOOLEANS);
    maybe(form, "ttl", 2, TTLS);
    maybe(form, "prevExist", 2, BOOLEANS);
    maybe(form, "prevValue", 2, VALUES);
    maybe(form, "refresh", 1, BOOLEANS);
    maybe(form, "noValueOnSuccess", 1, BOOLEANS);
    previousIndex(form, index);
  }

  private void delete(Map<String, String> form, long index) {
    maybe(form, "dir", 3, BOOLEANS);
    maybe(form, "recursive", 3, BOOLEANS);
    maybe(form, "prevValue", 1, VALUES);
    previousIndex(form, index);
  }

  private void read(Map<String, String> form) {
    form.put("sorted", random.nextInt(30) == 0 ? "x" : "true");
    maybe(form, "recursive", 4, BOOLEANS);
    maybe(form, "quorum", 3, BOOLEANS);
  }

  private void previousIndex(Map<String, String> form, long index) {
    if (random.nextInt(8) == 0) {
      long back = random.nextInt(6);
      form.put("prevIndex", back == 5 ? "x" : Long.toString(Math.max(0, index - back)));
    }
  }

  /// A wait for a change that may already have been.
  Call watch(long index) {
    Map<String, String> form = new HashMap<>();
    form.put("wait", "true");
    maybe(form, "recursive", 6, List.of("true"));
    if (random.nextBoolean()) {
      form.put("waitIndex", Long.toString(Math.max(1, index + 3 - random.nextInt(8))));
    }
    return new Call("GET", "/keys" + one(PATHS.subList(0, 7)), form);
  }

  private void maybe(Map<String, String> form, String name, int ofTen, List<String> values) {
    if (random.nextInt(10) < ofTen) {
      form.put(name, one(values));
    }
  }

  private String one(List<String> list) {
    return list.get(random.nextInt(list.size()));
  }
}
