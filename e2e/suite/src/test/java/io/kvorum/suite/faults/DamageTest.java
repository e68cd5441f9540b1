package io.kvorum.suite.faults;

import static io.kvorum.suite.faults.Damage.cut;
import static io.kvorum.suite.faults.Damage.delete;
import static io.kvorum.suite.faults.Damage.flip;
import static io.kvorum.suite.faults.Damage.flipEnd;
import static io.kvorum.suite.faults.Damage.flipMiddle;
import static io.kvorum.suite.faults.Damage.generation;
import static io.kvorum.suite.faults.Damage.largestTable;
import static io.kvorum.suite.faults.Damage.manifest;
import static io.kvorum.suite.faults.Damage.segment;
import static io.kvorum.suite.faults.Damage.tear;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.grpc.StatusRuntimeException;
import io.kvorum.node.proto.etcd.KVGrpc;
import io.kvorum.node.proto.etcd.RangeRequest;
import io.kvorum.suite.history.StoreClient;
import io.kvorum.suite.members.MemberProcess;
import io.kvorum.testkit.Await;
import io.kvorum.testkit.Program;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// What a member says to damaged files: it serves with everything it has promised, or it ends with
/// a code and a line that says what to do; and after that has been done, the cluster is well and
/// nothing is lost.
@Timeout(value = 20, unit = TimeUnit.MINUTES)
final class DamageTest {

  private static final int KEYS = 60;
  private static final int VALUE_BYTES = 4_000;

  /// How often all keys are written while the data is made.
  private static final int WRITINGS = 5;

  private static final String REPLACE =
      "remove this member from the cluster, delete its data directory and add a new one";
  private static final int CONFIGURATION = 1;
  private static final String DELETE = "delete the data directory";
  private static final String GO_BACK = "start the newer version again";

  @TempDir private Path folder;

  /// Done to the data of a member that does not run.
  private interface Deed {
    void to(Path member) throws IOException;
  }

  /// @param code what the member ends with
  /// @param why what its last line says has happened
  /// @param remedy what that line says to do
  private record Row(String what, Deed deed, int code, String why, String remedy) {}

  private static List<Row> log() {
    return List.of(
        row("middle of the newest segment", m -> flipMiddle(segment(m, -1)), 66, "later one"),
        row("middle of an older segment", m -> flipMiddle(segment(m, 0)), 66, "no valid record"),
        row("segment missing between", m -> Files.delete(segment(m, 1)), 66, "missing between"),
        row("oldest segment missing", m -> Files.delete(segment(m, 0)), 66, "it begins behind"),
        row("header of the newest segment", m -> flip(segment(m, -1), 20), 66, "header"),
        row("newest segment cut", m -> cut(segment(m, -1), 0.5), 66, "the file ends here"),
        row("newest segment missing", m -> Files.delete(segment(m, -1)), 66, "or a segment behind"),
        row("log missing", m -> delete(m.resolve("log")), 66, "the log of this member is missing"));
  }

  private static List<Row> state() {
    return List.of(
        row("CURRENT missing", m -> Files.delete(generation(m).resolve("CURRENT")), 67, "state"),
        row("MANIFEST missing", m -> Files.delete(manifest(m)), 67, "No such file"),
        row("MANIFEST", m -> flip(manifest(m), Files.size(manifest(m)) / 2), 67, "MANIFEST"),
        row("table missing", m -> Files.delete(largestTable(m)), 67, "No such file"),
        row("table cut", m -> cut(largestTable(m), 0.5), 67, "file size mismatch"),
        row("state missing", m -> delete(m.resolve("state")), 67, "the state of this member"),
        row("state emptied", DamageTest::emptyGeneration, 66, "the state ends at 0/0"));
  }

  private static List<Row> directory() {
    return List.of(
        row("IDENTITY", m -> flip(m.resolve("IDENTITY"), 20), 67, "IDENTITY is damaged"),
        row("IDENTITY missing", m -> Files.delete(m.resolve("IDENTITY")), 67, "no IDENTITY file"),
        row("FORMAT missing", m -> Files.delete(m.resolve("FORMAT")), 67, "no FORMAT file"),
        new Row(
            "FORMAT of a newer program",
            m -> Files.writeString(m.resolve("FORMAT"), "2\n"),
            68,
            "has format 2",
            GO_BACK),
        new Row(
            "removed before",
            m -> Files.writeString(m.resolve("REMOVED"), "yes\n"),
            65,
            "never runs again",
            DELETE));
  }

  private static Row row(String what, Deed deed, int code, String why) {
    return new Row(what, deed, code, why, REPLACE);
  }

  private static void emptyGeneration(Path member) throws IOException {
    Path generation = generation(member);
    delete(generation);
    Files.createDirectory(generation);
  }

  @Test
  void damagedMember_servesAllOrEndsWithALineThatSaysWhatToDo() throws Exception {
    try (var cluster = new Cluster(folder, 3).start()) {
      MemberProcess victim = cluster.follower();
      Path data = victim.dataFolder().resolve("member");
      long revision = fill(cluster, victim);
      Path sound = folder.resolve("sound");
      Damage.copy(data, sound);
      var rows = new ArrayList<Row>(log());
      rows.addAll(state());
      rows.addAll(directory());
      for (Row row : rows) {
        restore(sound, data);
        row.deed().to(data);
        assertEnds(cluster, victim, row);
      }
      restore(sound, data);
      assertTornTail_doesNotMatter(cluster, victim);
      assertLostRecord_isFoundOrSentAgain(cluster, victim);
      MemberProcess fresh = cluster.replace(victim);
      assertDamageOnReading_isFound(cluster, fresh);
      MemberProcess next = cluster.replace(fresh);
      assertFullDisk_isTold(cluster, next);
      assertEmptyDirectory_isRefused(cluster, next);
      MemberProcess _ = cluster.replace(next);
      assertAllThere(cluster, revision);
    }
  }

  /// Data in tables, which are read when they are needed, and behind them three segments of log.
  private static long fill(Cluster cluster, MemberProcess victim) throws IOException {
    long _ = write(cluster);
    defragment(cluster, victim);
    for (int life = 2; life < WRITINGS; life++) {
      victim.program().kill();
      cluster.launch(victim);
      victim.awaitHealthy();
      long _ = write(cluster);
    }
    long revision = write(cluster);
    victim.program().kill();
    return revision;
  }

  private static void defragment(Cluster cluster, MemberProcess member) {
    for (int i = 0; i < cluster.size(); i++) {
      if (cluster.member(i).equals(member)) {
        new Fault.Defragment(i).begin(cluster);
      }
    }
  }

  /// Returns the revision of the last write.
  private static long write(Cluster cluster) {
    long revision = 0;
    var random = new SplittableRandom(1);
    var value = new StringBuilder();
    try (var client = new StoreClient(cluster.leader().endpoint())) {
      for (int i = 0; i < KEYS; i++) {
        value.setLength(0);
        random.ints(VALUE_BYTES, 'a', 'z').forEach(c -> value.append((char) c));
        revision = client.put("k" + i, value.toString());
      }
    }
    return revision;
  }

  private static void restore(Path sound, Path data) throws IOException {
    if (Files.exists(data)) {
      delete(data);
    }
    Damage.copy(sound, data);
  }

  private static void assertEnds(Cluster cluster, MemberProcess victim, Row row) {
    cluster.launch(victim);
    Program program = victim.program();
    int code = program.awaitExit(Cluster.BOUND);
    String last = lastLine(program);
    assertThat(code).as("%s: %s", row.what(), last).isEqualTo(row.code());
    assertThat(last).as(row.what()).contains(row.why(), row.remedy());
  }

  private static String lastLine(Program program) {
    return program
        .errors()
        .lines()
        .filter(line -> line.startsWith("{"))
        .reduce((_, line) -> line)
        .orElse("");
  }

  /// A write that was under way when the power went, of which nobody has heard.
  private static void assertTornTail_doesNotMatter(Cluster cluster, MemberProcess victim)
      throws IOException {
    tear(segment(victim.dataFolder().resolve("member"), -1));
    cluster.launch(victim);
    victim.awaitHealthy();
    cluster.assertEqualContent();
  }

  /// The very last record: that looks like a torn tail to the member alone. The leader that counts
  /// on it stops the member; a later one sends it again.
  private static void assertLostRecord_isFoundOrSentAgain(Cluster cluster, MemberProcess victim)
      throws IOException {
    victim.program().kill();
    flipEnd(segment(victim.dataFolder().resolve("member"), -1));
    cluster.launch(victim);
    Program program = victim.program();
    long revision = cluster.status(cluster.leader()).getHeader().getRevision();
    Await.until(
        "it has ended or has everything",
        Cluster.BOUND,
        () -> !program.isAlive() || cluster.status(victim).getHeader().getRevision() >= revision);
    if (program.isAlive()) {
      cluster.assertEqualContent();
    } else {
      assertThat(program.awaitExit(Cluster.BOUND)).isEqualTo(66);
      assertThat(lastLine(program)).contains("this member had acknowledged", REPLACE);
    }
  }

  /// A block of a table is looked at when it is needed: a client is never shown what is not so.
  private static void assertDamageOnReading_isFound(Cluster cluster, MemberProcess victim)
      throws IOException {
    defragment(cluster, victim);
    victim.program().kill();
    flipMiddle(largestTable(victim.dataFolder().resolve("member")));
    cluster.launch(victim);
    victim.awaitHealthy();
    assertThat(readsAll(victim)).as("the damaged block was read").isFalse();
    Row row = row("block of a table", _ -> {}, 67, "checksum mismatch");
    assertThat(victim.program().awaitExit(Cluster.BOUND)).isEqualTo(row.code());
    assertThat(lastLine(victim.program())).contains(row.why(), row.remedy());
  }

  /// Every version of every key; false when that is refused.
  private static boolean readsAll(MemberProcess member) {
    try (var client = new StoreClient(member.endpoint())) {
      for (long revision = 1 + KEYS; revision <= 1 + WRITINGS * KEYS; revision += KEYS) {
        var all =
            RangeRequest.newBuilder()
                .setKey(ByteString.copyFromUtf8("a"))
                .setRangeEnd(ByteString.copyFromUtf8("z"))
                .setRevision(revision)
                .setSerializable(true)
                .build();
        var answer =
            KVGrpc.newBlockingStub(client.channel())
                .withDeadlineAfter(1, TimeUnit.MINUTES)
                .range(all);
        assertThat(answer.getCount()).isEqualTo(KEYS);
      }
      return true;
    } catch (StatusRuntimeException refused) {
      return false;
    }
  }

  /// Room is made, and it starts again.
  private static void assertFullDisk_isTold(Cluster cluster, MemberProcess victim) {
    Fault.FillDisk.fill(victim.program());
    long _ = write(cluster);
    assertThat(victim.program().awaitExit(Cluster.BOUND)).isEqualTo(74);
    assertThat(lastLine(victim.program()))
        .contains("the disk failed", "make room on the disk", "start the member again");
    cluster.launch(victim);
    victim.awaitHealthy();
  }

  /// It has voted and acknowledged, and nobody knows what.
  private static void assertEmptyDirectory_isRefused(Cluster cluster, MemberProcess victim)
      throws IOException {
    victim.program().kill();
    delete(victim.dataFolder());
    int code = CONFIGURATION;
    while (code == CONFIGURATION) {
      // Peers that are too slow to say who it is are asked again by another start.
      cluster.launch(victim);
      code = victim.program().awaitExit(Cluster.BOUND);
    }
    assertThat(code).as(lastLine(victim.program())).isEqualTo(64);
    assertThat(lastLine(victim.program())).contains("has already been bootstrapped", REPLACE);
  }

  private static void assertAllThere(Cluster cluster, long revision) {
    cluster.assertEqualContent();
    for (int i = 0; i < cluster.size(); i++) {
      try (var client = new StoreClient(cluster.member(i).endpoint())) {
        for (int key = 0; key < KEYS; key++) {
          assertThat(client.get("k" + key, false).getKvs(0).getModRevision())
              .isGreaterThan(revision - KEYS);
        }
      }
    }
  }
}
