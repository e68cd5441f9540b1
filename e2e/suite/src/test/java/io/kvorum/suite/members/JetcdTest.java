package io.kvorum.suite.members;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.etcd.jetcd.Auth;
import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.Client;
import io.etcd.jetcd.ClientBuilder;
import io.etcd.jetcd.Cluster;
import io.etcd.jetcd.Election;
import io.etcd.jetcd.KV;
import io.etcd.jetcd.KeyValue;
import io.etcd.jetcd.Lease;
import io.etcd.jetcd.Lock;
import io.etcd.jetcd.Maintenance;
import io.etcd.jetcd.Watch;
import io.etcd.jetcd.auth.Permission;
import io.etcd.jetcd.cluster.Member;
import io.etcd.jetcd.election.LeaderKey;
import io.etcd.jetcd.election.LeaderResponse;
import io.etcd.jetcd.election.NoLeaderException;
import io.etcd.jetcd.election.NotLeaderException;
import io.etcd.jetcd.kv.GetResponse;
import io.etcd.jetcd.kv.TxnResponse;
import io.etcd.jetcd.lease.LeaseKeepAliveResponse;
import io.etcd.jetcd.maintenance.StatusResponse;
import io.etcd.jetcd.op.Cmp;
import io.etcd.jetcd.op.CmpTarget;
import io.etcd.jetcd.op.Op;
import io.etcd.jetcd.options.CompactOption;
import io.etcd.jetcd.options.DeleteOption;
import io.etcd.jetcd.options.GetOption;
import io.etcd.jetcd.options.LeaseOption;
import io.etcd.jetcd.options.PutOption;
import io.etcd.jetcd.options.WatchOption;
import io.etcd.jetcd.support.CloseableClient;
import io.etcd.jetcd.watch.WatchResponse;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.stub.StreamObserver;
import io.kvorum.testkit.Await;
import io.kvorum.testkit.Certificates;
import io.netty.handler.ssl.SslContext;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import javax.net.ssl.SSLException;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// jetcd, the client of Java programs, with every one of its calls.
@Timeout(600)
final class JetcdTest {

  private static final Duration BOUND = Duration.ofSeconds(30);

  @TempDir private Path folder;

  static Stream<Arguments> settings() {
    return Product.chosen()
        .flatMap(product -> Setting.chosen().map(setting -> Arguments.of(product, setting)));
  }

  @ParameterizedTest(name = "{0}: {1}")
  @MethodSource("settings")
  void everyCall_isServed(Product product, Setting setting) throws Exception {
    try (var cluster = setting.start(product, folder);
        Client client = asRoot(cluster, setting).build()) {
      keysAndValues(client.getKVClient());
      transactions(client.getKVClient());
      watches(client);
      leases(client);
      locks(client);
      elections(client);
      maintenance(client, cluster, setting);
      members(client.getClusterClient(), cluster);
      users(client, cluster, setting);
    }
  }

  /// A client who may do anything.
  private static ClientBuilder asRoot(MemberCluster cluster, Setting setting) {
    return switch (setting.root()) {
      case ANYBODY -> asNobody(cluster);
      case PASSWORD -> asUser(cluster, "root", Setting.PASSWORD);
      case CERTIFICATE -> connected(cluster, "root");
    };
  }

  private static ClientBuilder asUser(MemberCluster cluster, String name, String password) {
    return asNobody(cluster).user(bytes(name)).password(bytes(password));
  }

  /// Where certificates are asked for, it has one, but there is no such user.
  private static ClientBuilder asNobody(MemberCluster cluster) {
    return connected(cluster, "client");
  }

  private static ClientBuilder connected(MemberCluster cluster, String certificate) {
    ClientBuilder builder =
        Client.builder()
            .endpoints(
                cluster.members().stream().map(MemberProcess::clientUrl).toArray(String[]::new));
    cluster
        .certificates()
        .ifPresent(certificates ->
            builder.authority(MemberProcess.ANY).sslContext(tls(certificates, certificate)));
    return builder;
  }

  private static SslContext tls(Certificates certificates, String name) {
    try {
      return GrpcSslContexts.forClient()
          .trustManager(new File(certificates.file("ca.crt")))
          .keyManager(
              new File(certificates.file(name + ".crt")),
              new File(certificates.file(name + "-pkcs8.key")))
          .build();
    } catch (SSLException e) {
      throw new IllegalStateException("the certificate of " + name + " is no good", e);
    }
  }

  private static ByteSequence bytes(String text) {
    return ByteSequence.from(text, StandardCharsets.UTF_8);
  }

  private static String text(ByteSequence bytes) {
    return bytes.toString(StandardCharsets.UTF_8);
  }

  private static <T> T done(CompletableFuture<T> call)
      throws InterruptedException, ExecutionException, TimeoutException {
    return call.get(BOUND.toSeconds(), TimeUnit.SECONDS);
  }

  private static List<String> keys(GetResponse response) {
    return response.getKvs().stream().map(kv -> text(kv.getKey())).toList();
  }

  private static void keysAndValues(KV kv) throws Exception {
    long first = done(kv.put(bytes("kv/a"), bytes("1"))).getHeader().getRevision();
    for (String name : List.of("b", "c", "d")) {
      done(kv.put(bytes("kv/" + name), bytes(name)));
    }
    var replaced =
        done(kv.put(bytes("kv/a"), bytes("2"), PutOption.builder().withPrevKV().build()));
    assertThat(replaced.hasPrevKv()).isTrue();
    assertThat(text(replaced.getPrevKv().getValue())).isEqualTo("1");
    KeyValue a = done(kv.get(bytes("kv/a"))).getKvs().getFirst();
    assertThat(text(a.getValue())).isEqualTo("2");
    assertThat(a.getVersion()).isEqualTo(2);
    assertThat(a.getCreateRevision()).isEqualTo(first);
    assertThat(a.getModRevision()).isEqualTo(first + 4);

    GetOption sorted =
        GetOption.builder()
            .isPrefix(true)
            .withSortField(GetOption.SortTarget.MOD)
            .withSortOrder(GetOption.SortOrder.DESCEND)
            .withLimit(2)
            .build();
    GetResponse page = done(kv.get(bytes("kv/"), sorted));
    assertThat(keys(page)).containsExactly("kv/a", "kv/d");
    assertThat(page.isMore()).isTrue();
    assertThat(page.getCount()).isEqualTo(4);
    GetOption old =
        GetOption.builder()
            .withRange(bytes("kv/z"))
            .withRevision(first + 1)
            .withKeysOnly(true)
            .withSerializable(true)
            .build();
    GetResponse before = done(kv.get(bytes("kv/"), old));
    assertThat(keys(before)).containsExactly("kv/a", "kv/b");
    assertThat(before.getKvs().getFirst().getValue().isEmpty()).isTrue();
    GetOption counted = GetOption.builder().isPrefix(true).withCountOnly(true).build();
    assertThat(done(kv.get(bytes("kv/"), counted)).getCount()).isEqualTo(4);
    GetOption made =
        GetOption.builder()
            .isPrefix(true)
            .withMinCreateRevision(first + 1)
            .withMaxModRevision(first + 2)
            .build();
    assertThat(keys(done(kv.get(bytes("kv/"), made)))).containsExactly("kv/b", "kv/c");

    var deleted =
        done(
            kv.delete(
                bytes("kv/b"),
                DeleteOption.builder().withRange(bytes("kv/d")).withPrevKV(true).build()));
    assertThat(deleted.getDeleted()).isEqualTo(2);
    assertThat(deleted.getPrevKvs().stream().map(prev -> text(prev.getValue())))
        .containsExactly("b", "c");
    assertThat(done(kv.delete(bytes("kv/none"))).getDeleted()).isZero();
    CompactOption physical = CompactOption.builder().withCompactPhysical(true).build();
    done(kv.compact(first + 2, physical));
    assertThatThrownBy(
            () -> done(kv.get(bytes("kv/a"), GetOption.builder().withRevision(first).build())))
        .hasMessageContaining("etcdserver: mvcc: required revision has been compacted");
  }

  private static void transactions(KV kv) throws Exception {
    PutOption put = PutOption.DEFAULT;
    TxnResponse created =
        done(
            kv.txn()
                .If(
                    new Cmp(bytes("txn"), Cmp.Op.EQUAL, CmpTarget.version(0)),
                    new Cmp(bytes("txn"), Cmp.Op.EQUAL, CmpTarget.createRevision(0)))
                .Then(
                    Op.put(bytes("txn"), bytes("1"), put),
                    Op.get(bytes("txn"), GetOption.DEFAULT),
                    Op.txn(
                        new Cmp[] {
                          new Cmp(bytes("kv/a"), Cmp.Op.EQUAL, CmpTarget.value(bytes("2")))
                        },
                        new Op[] {Op.put(bytes("nested"), bytes("yes"), put)},
                        new Op[] {Op.put(bytes("nested"), bytes("no"), put)}))
                .Else(Op.delete(bytes("txn"), DeleteOption.DEFAULT))
                .commit());
    assertThat(created.isSucceeded()).isTrue();
    assertThat(created.getPutResponses()).hasSize(1);
    assertThat(keys(created.getGetResponses().getFirst())).containsExactly("txn");
    assertThat(created.getTxnResponses().getFirst().isSucceeded()).isTrue();
    TxnResponse refused =
        done(
            kv.txn()
                .If(new Cmp(bytes("txn"), Cmp.Op.GREATER, CmpTarget.modRevision(1_000_000)))
                .Then(Op.put(bytes("txn"), bytes("2"), put))
                .Else(Op.delete(bytes("txn"), DeleteOption.DEFAULT))
                .commit());
    assertThat(refused.isSucceeded()).isFalse();
    assertThat(refused.getDeleteResponses().getFirst().getDeleted()).isEqualTo(1);
  }

  private static void watches(Client client) throws Exception {
    Watch watch = client.getWatchClient();
    KV kv = client.getKVClient();
    BlockingQueue<String> seen = new LinkedBlockingQueue<>();
    long next = done(kv.get(bytes("none"))).getHeader().getRevision() + 1;
    WatchOption from =
        WatchOption.builder()
            .isPrefix(true)
            .withPrevKV(true)
            .withRevision(next)
            .withRequireLeader(true)
            .build();
    WatchOption deletions =
        WatchOption.builder().isPrefix(true).withNoPut(true).withRevision(next).build();
    BlockingQueue<String> deleted = new LinkedBlockingQueue<>();
    try (var all = watch.watch(bytes("w/"), from, response -> note(response, seen));
        var some = watch.watch(bytes("w/"), deletions, response -> note(response, deleted))) {
      done(kv.put(bytes("w/a"), bytes("1")));
      done(kv.put(bytes("w/a"), bytes("2")));
      done(kv.delete(bytes("w/a")));
      assertThat(taken(seen)).isEqualTo("PUT w/a=1 before: ");
      assertThat(taken(seen)).isEqualTo("PUT w/a=2 before: 1");
      assertThat(taken(seen)).isEqualTo("DELETE w/a= before: 2");
      assertThat(taken(deleted)).isEqualTo("DELETE w/a= before: ");
      assertThat(all.isClosed() || some.isClosed()).isFalse();
      watch.requestProgress();
      assertThat(taken(seen)).isEqualTo("progress");
    }
    var failure = new CompletableFuture<Throwable>();
    try (var _ =
        watch.watch(
            bytes("w/"),
            WatchOption.builder().withRevision(1).build(),
            _ -> {},
            failure::complete)) {
      assertThat(failure.get(BOUND.toSeconds(), TimeUnit.SECONDS))
          .hasMessageContaining("required revision has been compacted");
    }
  }

  private static void note(WatchResponse response, BlockingQueue<String> seen) {
    if (response.isProgressNotify()) {
      seen.add("progress");
    }
    response
        .getEvents()
        .forEach(event ->
            seen.add(
                event.getEventType()
                    + " "
                    + text(event.getKeyValue().getKey())
                    + "="
                    + text(event.getKeyValue().getValue())
                    + " before: "
                    + text(event.getPrevKV().getValue())));
  }

  private static String taken(BlockingQueue<String> seen) throws InterruptedException {
    return String.valueOf(seen.poll(BOUND.toSeconds(), TimeUnit.SECONDS));
  }

  private static void leases(Client client) throws Exception {
    Lease lease = client.getLeaseClient();
    KV kv = client.getKVClient();
    long id = done(lease.grant(100)).getID();
    done(kv.put(bytes("leased"), bytes("v"), PutOption.builder().withLeaseId(id).build()));
    var left = done(lease.timeToLive(id, LeaseOption.builder().withAttachedKeys().build()));
    assertThat(left.getGrantedTTL()).isEqualTo(100);
    assertThat(left.getTTL()).isBetween(60L, 100L);
    assertThat(left.getKeys().stream().map(JetcdTest::text)).containsExactly("leased");
    assertThat(done(lease.keepAliveOnce(id)).getTTL()).isEqualTo(100);
    BlockingQueue<String> renewed = new LinkedBlockingQueue<>();
    long shortId = done(lease.grant(2, 10, TimeUnit.SECONDS)).getID();
    try (CloseableClient _ = lease.keepAlive(shortId, into(renewed))) {
      assertThat(taken(renewed)).isEqualTo("2");
      assertThat(taken(renewed)).isEqualTo("2");
    }
    done(lease.revoke(id));
    assertThat(done(kv.get(bytes("leased"))).getKvs()).isEmpty();
    assertThatThrownBy(() -> done(lease.revoke(id)))
        .hasMessageContaining("etcdserver: requested lease not found");
    Await.until(
        "a lease that nobody renews any more ends",
        BOUND,
        () -> done(lease.timeToLive(shortId, LeaseOption.DEFAULT)).getTTL() == -1);
  }

  private static StreamObserver<LeaseKeepAliveResponse> into(BlockingQueue<String> renewed) {
    return new StreamObserver<>() {
      @Override
      public void onNext(LeaseKeepAliveResponse response) {
        renewed.add(String.valueOf(response.getTTL()));
      }

      @Override
      public void onError(Throwable failure) {
        renewed.add(failure.toString());
      }

      @Override
      public void onCompleted() {}
    };
  }

  private static void locks(Client client) throws Exception {
    Lock lock = client.getLockClient();
    Lease lease = client.getLeaseClient();
    long first = done(lease.grant(60)).getID();
    long second = done(lease.grant(60)).getID();
    ByteSequence held = done(lock.lock(bytes("lock"), first)).getKey();
    assertThat(text(held)).isEqualTo("lock/" + Long.toHexString(first));
    assertThat(text(done(lock.lock(bytes("lock"), first)).getKey())).isEqualTo(text(held));
    var waiting = lock.lock(bytes("lock"), second);
    Await.until(
        "the other one waits",
        BOUND,
        () ->
            done(client
                        .getKVClient()
                        .get(bytes("lock/"), GetOption.builder().isPrefix(true).build()))
                    .getCount()
                == 2);
    assertThat(waiting).isNotDone();
    done(lock.unlock(held));
    ByteSequence next = done(waiting).getKey();
    assertThat(text(next)).isEqualTo("lock/" + Long.toHexString(second));
    done(lease.revoke(second));
    assertThat(done(lock.lock(bytes("lock"), first)).getKey().isEmpty()).isFalse();
    done(lease.revoke(first));
    assertThatThrownBy(() -> done(lock.lock(bytes("lock"), first)))
        .hasMessageContaining("etcdserver: requested lease not found");
  }

  private static void elections(Client client) throws Exception {
    Election election = client.getElectionClient();
    Lease lease = client.getLeaseClient();
    ByteSequence name = bytes("election");
    assertThatThrownBy(() -> done(election.leader(name)))
        .hasCauseInstanceOf(NoLeaderException.class);
    BlockingQueue<String> leaders = new LinkedBlockingQueue<>();
    election.observe(
        name,
        new Election.Listener() {
          @Override
          public void onNext(LeaderResponse response) {
            leaders.add(text(response.getKv().getValue()));
          }

          @Override
          public void onError(Throwable failure) {
            leaders.add(failure.toString());
          }

          @Override
          public void onCompleted() {}
        });
    long first = done(lease.grant(60)).getID();
    long second = done(lease.grant(60)).getID();
    LeaderKey won = done(election.campaign(name, first, bytes("one"))).getLeader();
    assertThat(text(won.getKey())).isEqualTo("election/" + Long.toHexString(first));
    assertThat(won.getLease()).isEqualTo(first);
    var waiting = election.campaign(name, second, bytes("two"));
    done(election.proclaim(won, bytes("uno")));
    assertThat(text(done(election.leader(name)).getKv().getValue())).isEqualTo("uno");
    assertThat(waiting).isNotDone();
    done(election.resign(won));
    LeaderKey next = done(waiting).getLeader();
    assertThat(text(next.getName())).isEqualTo("election");
    assertThatThrownBy(() -> done(election.proclaim(won, bytes("late"))))
        .hasCauseInstanceOf(NotLeaderException.class);
    Await.until("the observer has seen all", BOUND, () -> leaders.contains("two"));
    assertThat(List.copyOf(leaders)).containsSubsequence("uno", "two");
    done(lease.revoke(second));
    done(lease.revoke(first));
  }

  private static void maintenance(Client client, MemberCluster cluster, Setting setting)
      throws Exception {
    Maintenance maintenance = client.getMaintenanceClient();
    assertThat(done(maintenance.listAlarms()).getAlarms()).isEmpty();
    var leader = new CompletableFuture<MemberProcess>();
    long other = 0;
    for (MemberProcess member : cluster.members()) {
      StatusResponse status = done(maintenance.statusMember(member.clientUrl()));
      assertThat(status.getVersion()).startsWith("3.");
      assertThat(status.getDbSize()).isPositive();
      assertThat(status.isLearner()).isFalse();
      assertThat(status.getErrorList()).isEmpty();
      if (status.getLeader() == status.getHeader().getMemberId()) {
        leader.complete(member);
      } else {
        other = status.getHeader().getMemberId();
      }
      assertThat(done(maintenance.hashKV(member.clientUrl(), 0)).getHash()).isNotZero();
      done(maintenance.defragmentMember(member.clientUrl()));
    }
    assertThat(leader).isDone();
    var backup = new ByteArrayOutputStream();
    assertThat(done(maintenance.snapshot(backup))).isEqualTo(backup.size());
    assertThat(backup.size() % 512).as("pages, and their digest").isEqualTo(32);
    if (other != 0) {
      try (Client ofLeader =
          asRoot(cluster, setting).endpoints(leader.join().clientUrl()).build()) {
        done(ofLeader.getMaintenanceClient().moveLeader(other));
      }
    }
  }

  private static void members(Cluster members, MemberCluster cluster) throws Exception {
    assertThat(done(members.listMember()).getMembers().stream().map(Member::getName))
        .containsExactlyInAnyOrderElementsOf(
            cluster.members().stream().map(MemberProcess::name).toList());
    URI url = URI.create("http://127.1.2.3:2380");
    var added = new CompletableFuture<Member>();
    Await.until(
        "a member may be added",
        BOUND,
        () -> added.complete(done(members.addMember(List.of(url), true)).getMember()));
    long id = added.join().getId();
    assertThat(added.join().isLearner()).isTrue();
    URI other = URI.create("http://127.1.2.4:2380");
    assertThat(done(members.updateMember(id, List.of(other))).getMembers())
        .anySatisfy(member -> assertThat(member.getPeerURIs()).containsExactly(other));
    assertThatThrownBy(() -> done(members.promoteMember(id)))
        .hasMessageContaining(
            "etcdserver: can only promote a learner member which is in sync with leader");
    assertThat(done(members.removeMember(id)).getMembers()).hasSize(cluster.members().size());
  }

  private static void users(Client client, MemberCluster cluster, Setting setting)
      throws Exception {
    Auth auth = client.getAuthClient();
    ByteSequence root = bytes("root");
    if (!setting.authIsOn()) {
      done(auth.userAdd(root, bytes(Setting.PASSWORD)));
      done(auth.roleAdd(root));
      done(auth.userGrantRole(root, root));
    }
    ByteSequence user = bytes("user");
    ByteSequence role = bytes("role");
    done(auth.userAdd(user, bytes("old")));
    done(auth.userChangePassword(user, bytes("new")));
    done(auth.roleAdd(role));
    done(auth.roleGrantPermission(role, bytes("u/"), bytes("u0"), Permission.Type.READWRITE));
    done(auth.userGrantRole(user, role));
    assertThat(done(auth.userList()).getUsers()).containsExactly("root", "user");
    assertThat(done(auth.roleList()).getRoles()).containsExactly("role", "root");
    assertThat(done(auth.userGet(user)).getRoles()).containsExactly("role");
    Permission granted = done(auth.roleGet(role)).getPermissions().getFirst();
    assertThat(granted.getPermType()).isEqualTo(Permission.Type.READWRITE);
    assertThat(text(granted.getKey()) + " " + text(granted.getRangeEnd())).isEqualTo("u/ u0");
    done(auth.authEnable());
    try (Client asUser = asUser(cluster, "user", "new").build();
        Client asRoot = asUser(cluster, "root", Setting.PASSWORD).build();
        Client asNobody = asNobody(cluster).build()) {
      KV kv = asUser.getKVClient();
      done(kv.put(bytes("u/k"), bytes("v")));
      assertThatThrownBy(() -> done(kv.put(bytes("x"), bytes("v"))))
          .hasMessageContaining("etcdserver: permission denied");
      assertThatThrownBy(() -> done(asNobody.getKVClient().get(bytes("u/k"))))
          .message()
          .containsAnyOf(refusalsOfNobody(setting));
      rightsAreThoseOfTheMoment(asUser, asRoot.getAuthClient());
      done(asRoot.getAuthClient().authDisable());
      done(asNobody.getKVClient().put(bytes("x"), bytes("open again")));
    }
  }

  /// Through a proxy a caller's certificate is the proxy's, which names nobody: to etcd that is an
  /// unknown user, to Kvorum none.
  private static String[] refusalsOfNobody(Setting setting) {
    String unknown = "etcdserver: permission denied";
    String nobody = "etcdserver: user name is empty";
    if (setting.tls() && setting.proxied()) {
      return new String[] {unknown, nobody};
    }
    return new String[] {setting.tls() ? unknown : nobody};
  }

  private static void rightsAreThoseOfTheMoment(Client asUser, Auth byRoot) throws Exception {
    KV kv = asUser.getKVClient();
    BlockingQueue<String> seen = new LinkedBlockingQueue<>();
    try (var _ = asUser.getWatchClient().watch(bytes("u/k"), response -> note(response, seen))) {
      Await.until(
          "the watch of a user runs",
          BOUND,
          () -> {
            done(kv.put(bytes("u/k"), bytes("v")));
            return !seen.isEmpty();
          });
    }
    done(byRoot.roleRevokePermission(bytes("role"), bytes("u/"), bytes("u0")));
    assertThatThrownBy(() -> done(kv.get(bytes("u/k"))))
        .hasMessageContaining("etcdserver: permission denied");
    done(byRoot.userRevokeRole(bytes("user"), bytes("role")));
    done(byRoot.roleDelete(bytes("role")));
    done(byRoot.userDelete(bytes("user")));
  }
}
