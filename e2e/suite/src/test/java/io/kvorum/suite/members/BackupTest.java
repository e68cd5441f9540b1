package io.kvorum.suite.members;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.testkit.Program;
import io.kvorum.testkit.ProjectRoot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// A backup of either store, taken by the machine's own etcdctl, restores into the other one: keys,
/// their history, revisions, hashes and leases as they were.
@Timeout(900)
final class BackupTest {

  private static final Duration BOUND = Duration.ofMinutes(3);

  /// `-Dsuite.backupKeys=1000000` is the longer run.
  private static final int MANY_KEYS = Integer.getInteger("suite.backupKeys", 100_000);

  private static final String ROOT = "--user=root:secret";

  @TempDir private Path folder;

  @Test
  void kvorumsBackup_restoresIntoEtcd() throws IOException {
    Path backup = folder.resolve("backup.db");
    List<Long> revisions;
    StoreContents.Read saved;
    try (var from = new MemberCluster(Product.KVORUM, dir("from"), 1).start();
        var contents = new StoreContents(from.member(0).endpoint())) {
      revisions = contents.fill();
      saved = contents.read(revisions);
      save(from, backup);
    }
    assertThat(status(backup)).contains("\"revision\":" + revisions.getLast() + ",");
    assertThat(status(backup)).contains("\"totalSize\":" + (Files.size(backup) - 32) + "}");
    assertHashes(backup, saved);
    restoreAndCompare(Product.ETCD, 1, backup, revisions, saved);
    damagedFiles_areRefused(backup);
  }

  @Test
  void etcdsBackup_restoresIntoThreeMembersOfKvorum() throws IOException {
    Path backup = folder.resolve("backup.db");
    List<Long> revisions;
    StoreContents.Read saved;
    try (var from = new MemberCluster(Product.ETCD, dir("from"), 1).start();
        var contents = new StoreContents(from.member(0).endpoint())) {
      revisions = contents.fill();
      saved = contents.read(revisions);
      save(from, backup);
    }
    assertHashes(backup, saved);
    restoreAndCompare(Product.KVORUM, 3, backup, revisions, saved);
  }

  @Test
  void emptyStores_andSkippedRevisions() throws IOException {
    Path ours = folder.resolve("ours.db");
    try (var from = new MemberCluster(Product.KVORUM, dir("from"), 1).start()) {
      save(from, ours);
    }
    assertThat(status(ours)).contains("\"revision\":0,").contains("\"hash\":");
    Path etcds = folder.resolve("etcds.db");
    try (var etcd = new MemberCluster(Product.ETCD, dir("to"), 1)) {
      Backup.restore(etcd.member(0), Product.ETCD, etcd.initialCluster(), ours);
      etcd.start();
      assertThat(etcd.succeed("get", "", "--from-key")).isEmpty();
      etcd.succeed("put", "k", "v");
      save(etcd, etcds);
    }
    try (var back = new MemberCluster(Product.KVORUM, dir("back"), 1)) {
      Backup.restore(
          back.member(0),
          Product.KVORUM,
          back.initialCluster(),
          etcds,
          "--bump-revision=1000",
          "--mark-compacted");
      back.start();
      assertThat(back.succeed("get", "k", "-w", "json")).contains("\"revision\":1002");
      assertThat(back.succeed("get", "k")).isEqualTo("k\nv\n");
      assertThat(back.etcdctl("get", "k", "--rev=1001").errors())
          .contains("required revision has been compacted");
      Path again = folder.resolve("again.db");
      save(back, again);
      assertThat(status(again)).contains("\"revision\":1002,");
    }
  }

  /// More keys than a page of anything: their backup has three levels of pages from some 100,000
  /// on, and its maker no more memory than before.
  @Test
  void manyKeys_restoreIntoEtcd() throws IOException {
    Path backup = folder.resolve("backup.db");
    long revision;
    int hash;
    try (var from =
            new MemberCluster(Product.KVORUM, dir("from"), 1).start("--quota-backend-bytes=-1");
        var contents = new StoreContents(from.member(0).endpoint())) {
      revision = contents.fill(MANY_KEYS);
      hash = contents.hash(revision);
      save(from, backup);
      assertThat(contents.count()).isEqualTo(MANY_KEYS);
      assertThat(from.lastWords()).doesNotContain("OutOfMemoryError");
    }
    assertThat(status(backup)).contains("\"revision\":" + revision + ",");
    try (var etcd = new MemberCluster(Product.ETCD, dir("to"), 1)) {
      Backup.restore(etcd.member(0), Product.ETCD, etcd.initialCluster(), backup);
      etcd.start();
      try (var contents = new StoreContents(etcd.member(0).endpoint())) {
        assertThat(contents.revision()).isEqualTo(revision);
        assertThat(contents.count()).isEqualTo(MANY_KEYS);
        assertThat(contents.hash(revision)).isEqualTo(hash);
      }
    }
  }

  @Test
  void usersAndRoles_comeBackInForce() throws IOException {
    Path ours = folder.resolve("ours.db");
    try (var from = new MemberCluster(Product.KVORUM, dir("from"), 1).start()) {
      from.succeed("put", "app/k", "v");
      setUpUsers(from);
      save(from, ours, ROOT);
    }
    Path etcds = folder.resolve("etcds.db");
    try (var etcd = new MemberCluster(Product.ETCD, dir("to"), 1)) {
      Backup.restore(etcd.member(0), Product.ETCD, etcd.initialCluster(), ours);
      etcd.start();
      usersAreInForce(etcd);
      save(etcd, etcds, ROOT);
    }
    try (var back = new MemberCluster(Product.KVORUM, dir("back"), 1)) {
      Backup.restore(back.member(0), Product.KVORUM, back.initialCluster(), etcds);
      back.start();
      usersAreInForce(back);
    }
  }

  private static void setUpUsers(MemberCluster cluster) {
    for (String line :
        List.of(
            "user add root:secret",
            "user grant-role root root",
            "role add reader",
            "role grant-permission reader read app/ app0",
            "user add alice:wonder",
            "user grant-role alice reader",
            "auth enable")) {
      cluster.succeed(line.split(" ", -1));
    }
  }

  private static void usersAreInForce(MemberCluster cluster) {
    assertThat(cluster.etcdctl("get", "app/k").errors()).contains("user name is empty");
    assertThat(cluster.succeed("get", "app/k", "--user=alice:wonder")).isEqualTo("app/k\nv\n");
    assertThat(cluster.etcdctl("put", "app/k", "w", "--user=alice:wonder").errors())
        .contains("permission denied");
    assertThat(cluster.etcdctl("get", "app/k", "--user=alice:wrong").errors())
        .contains("authentication failed");
    assertThat(cluster.succeed("role", "get", "reader", ROOT))
        .isEqualTo("Role reader\nKV Read:\n\t[app/, app0) (prefix app/)\nKV Write:\n");
    assertThat(cluster.succeed("user", "list", ROOT)).isEqualTo("alice\nroot\n");
  }

  /// A folder of the test's.
  private Path dir(String name) throws IOException {
    return Files.createDirectory(folder.resolve(name));
  }

  private static void save(MemberCluster from, Path backup, String... more) {
    var words = new ArrayList<>(List.of("snapshot", "save", backup.toString()));
    words.addAll(List.of(more));
    assertThat(from.succeed(words.toArray(String[]::new)))
        .isEqualTo("Snapshot saved at " + backup + "\n");
  }

  /// `hashkv` says of the file what the member said that it comes from.
  private static void assertHashes(Path backup, StoreContents.Read saved) {
    Path launcher = ProjectRoot.find().resolve("kvorum");
    saved
        .hashes()
        .forEach((revision, hash) -> {
          Program.Result result =
              Program.command(launcher.toString(), "ctl", "hashkv", backup.toString())
                  .with("--rev=" + revision)
                  .run(BOUND);
          assertThat(result.output())
              .as(result.errors())
              .startsWith(Integer.toUnsignedString(hash) + ", " + revision + ", ");
        });
  }

  /// What etcdctl says of the file, having checked all its pages.
  private static String status(Path backup) {
    Program.Result result =
        Program.command("etcdctl", "snapshot", "status", backup.toString(), "-w", "json")
            .run(BOUND);
    assertThat(result.exitCode()).as(result.errors()).isZero();
    return result.output();
  }

  private void restoreAndCompare(
      Product product, int size, Path backup, List<Long> revisions, StoreContents.Read saved)
      throws IOException {
    try (var to = new MemberCluster(product, dir("restored"), size)) {
      for (MemberProcess member : to.members()) {
        Backup.restore(member, product, to.initialCluster(), backup);
      }
      to.start();
      for (MemberProcess member : to.members()) {
        try (var contents = new StoreContents(member.endpoint())) {
          assertThat(contents.revision()).isEqualTo(revisions.getLast());
          StoreContents.Read restored = contents.read(revisions);
          assertThat(restored.keys().equals(saved.keys())).as("keys and values").isTrue();
          assertThat(restored.hashes()).isEqualTo(saved.hashes());
          assertThat(restored.leases()).isEqualTo(saved.leases());
        }
      }
      to.succeed("put", "after", "the restore");
    }
  }

  private void damagedFiles_areRefused(Path backup) throws IOException {
    byte[] sound = Files.readAllBytes(backup);
    refused(Arrays.copyOf(sound, sound.length / 2), "snapshot missing hash");
    byte[] flipped = sound.clone();
    flipped[sound.length / 2] ^= 1;
    refused(flipped, "expected sha256 ");
    refused(Arrays.copyOf(sound, sound.length / 2), "the file is cut off", "--skip-hash-check");
    refused(new byte[100_000], "this is not a bbolt file", "--skip-hash-check");
  }

  private void refused(byte[] bytes, String reason, String... more) throws IOException {
    Path file = Files.write(folder.resolve("damaged.db"), bytes);
    try (var cluster = new MemberCluster(Product.KVORUM, folder.resolve("never"), 1)) {
      MemberProcess member = cluster.member(0);
      Program.Result result =
          Backup.restoring(member, Product.KVORUM, cluster.initialCluster(), file, more);
      assertThat(result.exitCode()).isNotZero();
      assertThat(result.errors()).contains("Error: ").contains(reason).hasLineCount(1);
      assertThat(member.dataFolder().resolve("member/IDENTITY")).doesNotExist();
    }
  }
}
