package io.kvorum.suite.docs;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.EnumDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.Descriptors.MethodDescriptor;
import com.google.protobuf.Descriptors.ServiceDescriptor;
import io.kvorum.node.proto.auth.Permission;
import io.kvorum.node.proto.election.LeaderKey;
import io.kvorum.node.proto.etcd.RangeRequest;
import io.kvorum.node.proto.lock.LockRequest;
import io.kvorum.node.proto.mvcc.KeyValue;
import io.kvorum.testkit.ProjectRoot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// docs/compatibility.md against what it is about: the descriptors of the API, the flags, the
/// endpoints, and the tests that it names. The tables of etcd's side stand in
/// `resources/compatibility`.
final class CompatibilityPageTest {

  private static final Path ROOT = ProjectRoot.find();
  private static final Path TABLES = ROOT.resolve("e2e/suite/src/test/resources/compatibility");

  private static final List<FileDescriptor> FILES =
      List.of(
          RangeRequest.getDescriptor().getFile(),
          KeyValue.getDescriptor().getFile(),
          Permission.getDescriptor().getFile(),
          LockRequest.getDescriptor().getFile(),
          LeaderKey.getDescriptor().getFile());

  private static final Pattern CALL =
      Pattern.compile("\\| `(\\w+/\\w+)` \\| (.*?) \\| (\\w+) \\|.*\\|");
  private static final Pattern NAME = Pattern.compile("`([^`]+)`");

  /// `| `--name` | `default` | standing | meaning |`, or without the default.
  private static final Pattern FLAG =
      Pattern.compile("\\| `--([a-z0-9-]+)` \\| (?:`?([^|]*?)`? \\| )?([a-z ]+) \\| .* \\|");

  private static String page() throws IOException {
    return Files.readString(ROOT.resolve("docs/compatibility.md"));
  }

  private static List<String> section(String title) throws IOException {
    String page = page();
    int from = page.indexOf("\n## " + title + "\n");
    assertThat(from).as("a section %s", title).isNotNegative();
    int to = page.indexOf("\n## ", from + 1);
    return page.substring(from + 1, to < 0 ? page.length() : to).lines().toList();
  }

  private static List<String> table(String name) throws IOException {
    return Files.readAllLines(TABLES.resolve(name)).stream()
        .filter(line -> !line.startsWith("#") && !line.isBlank())
        .toList();
  }

  // ---- Messages

  @Test
  void messagesAndEnums_areThoseOfEtcd() throws IOException {
    Map<String, String> ours = new TreeMap<>();
    for (FileDescriptor file : FILES) {
      file.getEnumTypes().forEach(type -> ours.put("enum " + type.getFullName(), values(type)));
      file.getMessageTypes().forEach(type -> describe(type, ours));
    }
    Map<String, String> etcds = new TreeMap<>();
    for (String line : table("messages.txt")) {
      int colon = line.indexOf(':');
      etcds.put(line.substring(0, colon), line.substring(colon + 1).strip());
    }
    assertThat(ours).containsExactlyInAnyOrderEntriesOf(etcds);
  }

  private static void describe(Descriptor type, Map<String, String> into) {
    into.put(
        type.getFullName(),
        type.getFields().stream()
            .map(CompatibilityPageTest::field)
            .collect(Collectors.joining("; ")));
    type.getEnumTypes().forEach(inner -> into.put("enum " + inner.getFullName(), values(inner)));
    type.getNestedTypes().forEach(inner -> describe(inner, into));
  }

  private static String field(FieldDescriptor field) {
    String type =
        switch (field.getJavaType()) {
          case MESSAGE -> field.getMessageType().getName();
          case ENUM -> field.getEnumType().getName();
          case INT, LONG, FLOAT, DOUBLE, BOOLEAN, STRING, BYTE_STRING ->
              field.getType().name().toLowerCase(Locale.ROOT);
        };
    var oneof = field.getContainingOneof();
    return field.getNumber()
        + " "
        + field.getName()
        + (field.isRepeated() ? " repeated " : " ")
        + type
        + (oneof == null ? "" : " oneof " + oneof.getName());
  }

  private static String values(EnumDescriptor type) {
    return type.getValues().stream()
        .map(value -> value.getNumber() + " " + value.getName())
        .collect(Collectors.joining("; "));
  }

  // ---- Calls

  @Test
  void everyCall_hasItsRow_withItsFields() throws IOException {
    Map<String, String> calls = new LinkedHashMap<>();
    for (FileDescriptor file : FILES) {
      for (ServiceDescriptor service : file.getServices()) {
        for (MethodDescriptor method : service.getMethods()) {
          calls.put(
              service.getName() + "/" + method.getName(),
              names(method.getInputType()) + " → " + names(method.getOutputType()));
        }
      }
    }
    for (String method : List.of("Check", "List", "Watch")) {
      calls.put("Health/" + method, "gRPC's own");
    }
    Map<String, String> rows = new LinkedHashMap<>();
    for (String line : section("Every call")) {
      Matcher row = CALL.matcher(line);
      if (row.matches()) {
        assertThat(row.group(3)).as(line).isIn("same", "better", "different", "missing");
        assertThat(rows.put(row.group(1), row.group(2))).as("two rows of %s", line).isNull();
      }
    }
    assertThat(rows).containsExactlyInAnyOrderEntriesOf(calls);
  }

  private static String names(Descriptor type) {
    return type.getFields().isEmpty()
        ? "nothing"
        : type.getFields().stream()
            .map(field -> "`" + field.getName() + "`")
            .collect(Collectors.joining(", "));
  }

  // ---- Flags and endpoints

  @Test
  void everyFlag_isTaken_withEtcdsDefault_orThePageSaysSo() throws IOException {
    Map<String, String> ours = new TreeMap<>();
    for (String line : Files.readAllLines(ROOT.resolve("docs/flags.md"))) {
      Matcher row = FLAG.matcher(line);
      if (row.matches()) {
        assertThat(row.group(3)).as(line).isIn("works", "no effect", "refused", "old name");
        ours.put(row.group(1), row.group(2) == null ? "" : row.group(2));
      }
    }
    var own = new TreeSet<>(ours.keySet());
    for (String line : table("flags.txt")) {
      int colon = line.indexOf(':');
      String flag = line.substring(0, colon);
      String wanted = line.substring(colon + 1).strip();
      assertThat(ours).as("docs/flags.md").containsKey(flag);
      // Names of before have no default of their own.
      String given = ours.getOrDefault(flag, "");
      assertThat(given.isEmpty() ? wanted : given).as(flag).isIn(wanted, "");
      own.remove(flag);
    }
    String section = String.join("\n", section("Flags"));
    var named = new TreeSet<String>();
    Matcher names = NAME.matcher(section.substring(section.indexOf("Of our own:")));
    while (names.find()) {
      named.add(names.group(1).substring(2));
    }
    assertThat(named).isEqualTo(own);
  }

  @Test
  void everyEndpoint_hasItsRow() throws IOException {
    String rows =
        section("HTTP on the client port").stream()
            .filter(line -> line.startsWith("| "))
            .collect(Collectors.joining("\n"));
    for (String endpoint : table("endpoints.txt")) {
      assertThat(rows).contains(endpoint);
    }
  }

  // ---- The tests that the page names

  @Test
  void everyKnownWeakness_namesTestsThatExist() throws IOException {
    var rows =
        section("Known weaknesses of etcd, and here").stream()
            .filter(line -> line.startsWith("| ") && !line.contains(" | shown by |"))
            .toList();
    assertThat(rows).hasSizeGreaterThan(40);
    var missing = new ArrayList<String>();
    for (String row : rows) {
      String[] cells = row.split(" \\| ", -1);
      assertThat(cells).as(row).hasSize(3);
      List<String> tests = names(cells[2]);
      assertThat(tests).as(row).isNotEmpty();
      for (String test : tests) {
        if (!NamedTests.exists(test)) {
          missing.add(test);
        }
      }
    }
    assertThat(missing).isEmpty();
  }

  /// The table of errors is the server's own test's; what it says of other tests is looked up here.
  @Test
  void everyError_isProvoked_orNamesATestThatExists() throws IOException {
    var missing = new ArrayList<String>();
    for (String line :
        Files.readAllLines(ROOT.resolve("node/server/src/test/resources/errors.txt"))) {
      String how = line.strip();
      boolean named = line.startsWith("  ") && how.contains("#");
      if (named && !NamedTests.exists(how)) {
        missing.add(how);
      }
    }
    assertThat(missing).isEmpty();
  }

  private static List<String> names(String cell) {
    try (Stream<String> names = NAME.matcher(cell).results().map(result -> result.group(1))) {
      return names.toList();
    }
  }
}
