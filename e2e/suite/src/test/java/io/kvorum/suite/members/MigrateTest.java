package io.kvorum.suite.members;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.testkit.Await;
import io.kvorum.testkit.Program;
import io.kvorum.testkit.ProjectRoot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// A running etcd moves in: a hundred thousand keys, while it is written to, with all revisions and
/// without, and from a file; and it could move out again.
@Timeout(600)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class MigrateTest {

  private static final Duration BOUND = Duration.ofSeconds(90);
  private static final int CHANGES_WANTED = 500;

  private Path folder = Path.of("");
  private @Nullable MemberCluster source;

  @BeforeAll
  void fill(@TempDir Path folder) throws Exception {
    this.folder = folder;
    source = new MemberCluster(Product.ETCD, dir("etcd"), 1).start();
    try (var busy = new BusyStore(etcd().member(0).endpoint(), 0)) {
      busy.fill();
    }
  }

  @AfterAll
  void stop() {
    etcd().close();
  }

  private MemberCluster etcd() {
    if (source == null) {
      throw new IllegalStateException("no etcd");
    }
    return source;
  }

  @Test
  void aHundredThousandKeys_comeAndGoWithTheirRevisions() throws Exception {
    MemberCluster etcd = etcd();
    try (ExecutorService thread = Executors.newSingleThreadExecutor();
        var busy = new BusyStore(etcd.member(0).endpoint(), 1)) {
      Future<?> writing = thread.submit(busy::write);
      Path ours = folder.resolve("ours.db");
      StoreContents.Read moved;
      List<Long> revisions;
      try (var kvorum = new MemberCluster(Product.KVORUM, dir("live"), 1)) {
        seed(etcd, kvorum);
        kvorum.start();
        follow(etcd, kvorum, busy, writing);
        revisions = revisions(etcd);
        moved = read(etcd, revisions);
        assertThat(moved.keys().get(revisions.getLast())).hasSizeGreaterThan(BusyStore.KEYS / 2);
        assertEqual(read(kvorum, revisions), moved);
        assertThat(kvorum.succeed("snapshot", "save", ours.toString())).contains("saved");
      }
      Path theirs = folder.resolve("theirs.db");
      assertThat(etcd.succeed("snapshot", "save", theirs.toString())).contains("saved");
      restored(Product.KVORUM, theirs, revisions, moved);
      restored(Product.ETCD, ours, revisions, moved);
    }
  }

  private static void seed(MemberCluster from, MemberCluster to) {
    MemberProcess member = to.member(0);
    succeed(
        ctl(
            "migrate",
            "--source-endpoints=" + from.endpoints(),
            "--data-dir=" + member.dataFolder(),
            "--name=" + member.name(),
            "--initial-cluster=" + to.initialCluster(),
            "--initial-cluster-token=suite",
            "--initial-advertise-peer-urls=" + member.peerUrl()));
  }

  /// Follows, is killed, follows again, and switches when the writer has stopped.
  private static void follow(
      MemberCluster from, MemberCluster to, BusyStore busy, Future<?> writing) throws Exception {
    Program.Launch follow =
        ctl(
            "migrate",
            "--source-endpoints=" + from.endpoints(),
            "--endpoints=" + to.endpoints(),
            "--keep-revisions",
            "--follow");
    try (Program first = follow.start()) {
      first.awaitLine("the target is at revision", BOUND);
      first.kill();
    }
    try (Program second = follow.start()) {
      second.awaitLine("the target is at revision", BOUND);
      switchOver(second, "INT", busy, writing);
      assertThat(second.output())
          .contains("verified: keys, values and leases of keys, create and mod revisions")
          .contains("verified: HashKV, the hash of the history");
    }
  }

  /// Has more written and leases end, stops the writer, and asks for the switch by a signal.
  private static void switchOver(Program follower, String signal, BusyStore busy, Future<?> writing)
      throws Exception {
    busy.letLeasesEnd();
    long before = busy.written();
    Await.until("more is written", BOUND, () -> busy.written() > before + CHANGES_WANTED);
    busy.stop();
    writing.get();
    busy.awaitLeasesEnded();
    follower.signal(signal);
    assertThat(follower.awaitExit(BOUND)).as(follower.errors()).isZero();
  }

  /// One in the middle of what was written meanwhile, and the last.
  private static List<Long> revisions(MemberCluster cluster) {
    try (var contents = new StoreContents(cluster.member(0).endpoint())) {
      long last = contents.revision();
      return List.of(last - CHANGES_WANTED / 2, last);
    }
  }

  private static StoreContents.Read read(MemberCluster cluster, List<Long> revisions) {
    try (var contents = new StoreContents(cluster.member(0).endpoint())) {
      assertThat(contents.revision()).isEqualTo(revisions.getLast());
      return contents.read(revisions);
    }
  }

  /// Compared without a description of both sides, which would be long.
  private static void assertEqual(StoreContents.Read actual, StoreContents.Read expected) {
    assertThat(actual.keys().equals(expected.keys())).as("keys, values, revisions").isTrue();
    assertThat(actual.hashes()).isEqualTo(expected.hashes());
    assertThat(actual.leases()).isEqualTo(expected.leases());
  }

  private void restored(
      Product product, Path backup, List<Long> revisions, StoreContents.Read expected)
      throws IOException {
    try (var to = new MemberCluster(product, dir("restored-" + product), 1)) {
      Backup.restore(to.member(0), product, to.initialCluster(), backup);
      to.start();
      assertEqual(read(to, revisions), expected);
    }
  }

  @Test
  void aRunningStore_takesKeysLeasesUsersAndRoles() throws Exception {
    MemberCluster etcd = etcd();
    try (var kvorum = new MemberCluster(Product.KVORUM, dir("kvorum"), 1).start();
        ExecutorService thread = Executors.newSingleThreadExecutor();
        var busy = new BusyStore(etcd.member(0).endpoint(), 2)) {
      setUpUsers(etcd);
      Future<?> writing = thread.submit(busy::write);
      String[] words = {
        "migrate",
        "--source-endpoints=" + etcd.endpoints(),
        "--endpoints=" + kvorum.endpoints(),
        "--with-auth"
      };
      try (Program first = ctl(words).start()) {
        first.awaitLine("a part is copied", line -> line.matches("\\d+ of \\d+ keys"), BOUND);
        first.kill();
      }
      try (Program second = ctl(words).with("--overwrite", "--follow").start()) {
        second.awaitLine("copied: ", BOUND);
        switchOver(second, "TERM", busy, writing);
        assertThat(second.output())
            .contains("verified: keys, values and leases of keys are equal")
            .contains("migrated 2 roles and 2 users")
            .contains("passwords cannot be read over the API");
      }
      assertThat(contents(kvorum)).isEqualTo(contents(etcd));
      usersAreThere(kvorum);
      refusals(etcd, kvorum);
    }
  }

  private static void setUpUsers(MemberCluster cluster) {
    for (String line :
        List.of(
            "user add root:secret",
            "user add alice:wonder",
            "role add root",
            "role add reader",
            "role grant-permission reader read app/ app0",
            "user grant-role root root",
            "user grant-role alice reader")) {
      cluster.succeed(line.split(" ", -1));
    }
  }

  private static void usersAreThere(MemberCluster cluster) {
    assertThat(cluster.succeed("role", "get", "reader"))
        .isEqualTo("Role reader\nKV Read:\n\t[app/, app0) (prefix app/)\nKV Write:\n");
    assertThat(cluster.succeed("user", "get", "alice")).isEqualTo("User: alice\nRoles: reader\n");
    for (String user : List.of("root", "alice")) {
      Program.Result set = cluster.feed("new\n", "user", "passwd", user, "--interactive=false");
      assertThat(set.exitCode()).as(set.errors()).isZero();
    }
    cluster.succeed("auth", "enable");
    cluster.succeed("put", "app/k", "v", "--user=root:new");
    assertThat(cluster.succeed("get", "app/k", "--user=alice:new")).isEqualTo("app/k\nv\n");
    assertThat(cluster.etcdctl("put", "app/k", "w", "--user=alice:new").errors())
        .contains("permission denied");
  }

  /// The keys in order, with their values and leases; and the leases.
  private static int contents(MemberCluster cluster) {
    try (var contents = new StoreContents(cluster.member(0).endpoint())) {
      List<List<Object>> pairs =
          contents.keys(0).stream()
              .map(pair -> List.<Object>of(pair.getKey(), pair.getValue(), pair.getLease()))
              .toList();
      return List.of(pairs, contents.leases()).hashCode();
    }
  }

  private static void refusals(MemberCluster etcd, MemberCluster kvorum) {
    String from = "--source-endpoints=" + etcd.endpoints();
    refused("needs --source-endpoints", "migrate");
    refused("the same member", "migrate", from, "--endpoints=" + etcd.endpoints());
    refused("holds ", "migrate", from, "--endpoints=" + kvorum.endpoints(), "--user=root:new");
    refused(
        "ahead of the source",
        "migrate",
        "--source-endpoints=" + kvorum.endpoints(),
        "--source-user=root:new",
        "--endpoints=" + etcd.endpoints(),
        "--keep-revisions");
    refused("neither --prefix", "migrate", from, "--keep-revisions", "--prefix=k/");
  }

  private static void refused(String reason, String... words) {
    Program.Result result = ctl(words).run(BOUND);
    assertThat(result.exitCode()).isNotZero();
    assertThat(result.errors()).contains("Error: ").contains(reason);
  }

  private Path dir(String name) throws IOException {
    return Files.createDirectory(folder.resolve(name));
  }

  private static String succeed(Program.Launch launch) {
    Program.Result result = launch.run(BOUND);
    assertThat(result.exitCode()).as(result.output() + result.errors()).isZero();
    return result.output();
  }

  private static Program.Launch ctl(String... words) {
    Path root = ProjectRoot.find();
    Path ctl = root.resolve("node/ctl/target");
    return Program.java(
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-Xmx256m",
            "-Dkvorum.root=" + root,
            "-cp",
            ctl.resolve("classes") + ":" + ctl.resolve("lib") + "/*",
            "io.kvorum.node.ctl.Main")
        .environment("KVORUM_BUILD", "skip")
        .with(words);
  }
}
