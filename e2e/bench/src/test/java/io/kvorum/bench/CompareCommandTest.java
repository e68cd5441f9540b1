package io.kvorum.bench;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/// Every kind of case once, as short as can be, on real etcd and real members.
class CompareCommandTest {

  private static final List<String> SHORT =
      List.of(
          "--rounds=1",
          "--settle=0",
          "--warm-up=0.1",
          "--duration=0.2",
          "--pause=0",
          "--trials=1",
          "--key-space-size=100",
          "--loaded-keys=2000",
          "--watchers=10",
          "--clients=5",
          "--write-out=json");

  @TempDir Path folder;

  private JsonNode compare(String... arguments) throws Exception {
    Logging.quiet();
    var all = new ArrayList<>(SHORT);
    all.addAll(List.of(arguments));
    all.add("--dir=" + folder);
    var text = new ByteArrayOutputStream();
    PrintStream out = System.out;
    System.setOut(new PrintStream(text, true, StandardCharsets.UTF_8));
    try {
      int code =
          new CommandLine(new CompareCommand())
              .setCaseInsensitiveEnumValuesAllowed(true)
              .execute(all.toArray(String[]::new));
      assertThat(code).isZero();
    } finally {
      System.setOut(out);
    }
    try (Stream<Path> left = Files.list(folder)) {
      assertThat(left).isEmpty();
    }
    return new ObjectMapper().readTree(text.toString(StandardCharsets.UTF_8)).get("cases");
  }

  private static List<String> names(JsonNode cases) {
    var names = new ArrayList<String>();
    cases.forEach(each -> names.add(each.get("case").asText()));
    return names;
  }

  @Test
  void everyKindOnOneMember() throws Exception {
    JsonNode cases = compare("--members=1", "--cases=put,range,txn,mixed,lease,watch,loaded,start");

    assertThat(names(cases))
        .containsExactly(
            "fresh start to first put",
            "put c5",
            "range-l after puts c5",
            "range-l c5",
            "range-s after puts c5",
            "range-s c5",
            "txn compare+put c100",
            "mixed 80% reads c100",
            "lease keep-alive c100",
            "watch, one key",
            "watch, one key, 100 puts/s",
            "2,000 keys: load",
            "2,000 keys: all of them in pages of 10,000",
            "2,000 keys: etcdctl snapshot save",
            "2,000 keys: restart to first linearizable read",
            "2,000 keys: the same after kill -9");
    JsonNode put = cases.get(1).get("figures").get("req/s");
    assertThat(put.get("kvorum").get("ratio").asDouble()).isPositive();
    assertThat(put.get("etcd").get("rounds")).hasSize(1);
  }

  @Test
  void threeMembersLoseOneAndGainOne() throws Exception {
    JsonNode cases = compare("--systems=kvorum", "--cases=catch-up,failover");

    assertThat(names(cases))
        .containsExactly("fourth member caught up", "failover after kill -9 of the leader");
  }
}
