package io.kvorum.node.server;

import static io.kvorum.node.server.Calls.bytes;
import static io.kvorum.node.server.Calls.errorOf;
import static io.kvorum.node.server.Calls.put;
import static io.kvorum.node.server.Calls.putRequest;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.grpc.Metadata;
import io.grpc.stub.AbstractStub;
import io.grpc.stub.MetadataUtils;
import io.kvorum.node.proto.auth.Permission;
import io.kvorum.node.proto.auth.UserAddOptions;
import io.kvorum.node.proto.election.ElectionGrpc;
import io.kvorum.node.proto.election.LeaderKey;
import io.kvorum.node.proto.election.LeaderRequest;
import io.kvorum.node.proto.election.LeaderResponse;
import io.kvorum.node.proto.election.ProclaimRequest;
import io.kvorum.node.proto.etcd.AuthDisableRequest;
import io.kvorum.node.proto.etcd.AuthEnableRequest;
import io.kvorum.node.proto.etcd.AuthGrpc;
import io.kvorum.node.proto.etcd.AuthRoleAddRequest;
import io.kvorum.node.proto.etcd.AuthRoleGrantPermissionRequest;
import io.kvorum.node.proto.etcd.AuthRoleRevokePermissionRequest;
import io.kvorum.node.proto.etcd.AuthUserAddRequest;
import io.kvorum.node.proto.etcd.AuthUserGetRequest;
import io.kvorum.node.proto.etcd.AuthUserGrantRoleRequest;
import io.kvorum.node.proto.etcd.AuthUserRevokeRoleRequest;
import io.kvorum.node.proto.etcd.AuthenticateRequest;
import io.kvorum.node.proto.etcd.CompactionRequest;
import io.kvorum.node.proto.etcd.DowngradeRequest;
import io.kvorum.node.proto.etcd.DowngradeRequest.DowngradeAction;
import io.kvorum.node.proto.etcd.LeaseGrantRequest;
import io.kvorum.node.proto.etcd.LeaseRevokeRequest;
import io.kvorum.node.proto.etcd.LeaseTimeToLiveRequest;
import io.kvorum.node.proto.etcd.MemberAddRequest;
import io.kvorum.node.proto.etcd.MemberPromoteRequest;
import io.kvorum.node.proto.etcd.MemberRemoveRequest;
import io.kvorum.node.proto.etcd.MoveLeaderRequest;
import io.kvorum.node.proto.etcd.PutRequest;
import io.kvorum.node.proto.etcd.RangeRequest;
import io.kvorum.node.proto.etcd.RequestOp;
import io.kvorum.node.proto.etcd.TxnRequest;
import io.kvorum.node.server.api.ApiError;
import io.kvorum.node.server.config.AuthSettings;
import io.kvorum.node.server.config.SignMethod;
import io.kvorum.node.server.config.TokenSpec;
import io.kvorum.testkit.Await;
import io.kvorum.testkit.Certificates;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `errors.txt`, the table of all errors, against what members answer.
final class ErrorsTest {

  private static final Path TABLE = Path.of("src/test/resources/errors.txt");
  private static final String PROVOKED = "provoked";

  @TempDir Path folder;

  /// What was called, and what it was answered: both as `CODE text`.
  private final Map<String, String> answers = new LinkedHashMap<>();

  /// The errors and how each is shown.
  private static Map<String, String> table() throws IOException {
    List<String> lines =
        Files.readAllLines(TABLE).stream().filter(line -> !line.startsWith("#")).toList();
    Map<String, String> table = new LinkedHashMap<>();
    for (int i = 0; i < lines.size(); i += 2) {
      assertThat(table.put(lines.get(i), lines.get(i + 1).strip())).as(lines.get(i)).isNull();
    }
    return table;
  }

  @Test
  void everyErrorOfOurs_standsInTheTable() throws IOException {
    var ours = new TreeSet<String>();
    for (ApiError error : ApiError.values()) {
      ours.add(error.code() + " " + error.text());
    }
    var possible = new TreeSet<String>();
    table()
        .forEach((error, how) -> {
          if (!how.startsWith("never: ")) {
            possible.add(error);
          }
        });
    assertThat(possible).containsAll(ours);
    var others = new TreeSet<>(possible);
    others.removeAll(ours);
    assertThat(others).as("errors that nothing here can answer").isEmpty();
  }

  @Test
  void everyErrorThatCanBe_isProvoked() throws Exception {
    try (var cluster = LocalCluster.started(Files.createDirectory(folder.resolve("alone")), 1)) {
      keys(cluster.node(1));
      leases(cluster.node(1));
      members(cluster.node(1));
      downgrades(cluster.node(1));
      elections(cluster.node(1));
      users(cluster.node(1));
      membersWhoNeverStart(cluster.node(1));
    }
    try (var cluster = LocalCluster.started(Files.createDirectory(folder.resolve("three")), 3)) {
      withoutAMajority(cluster);
    }
    verifiersOnly();
    var differing = new ArrayList<String>();
    table()
        .forEach((error, how) -> {
          if (how.equals(PROVOKED) && !error.equals(answers.get(error))) {
            differing.add(error + " <- " + answers.get(error));
          }
        });
    assertThat(differing).isEmpty();
  }

  private void expect(String error, Runnable call) {
    answers.put(error, errorOf(call));
  }

  private static RequestOp op(PutRequest.Builder put) {
    return RequestOp.newBuilder().setRequestPut(put).build();
  }

  private static PutRequest.Builder key(String key) {
    return PutRequest.newBuilder().setKey(bytes(key));
  }

  private void keys(LocalCluster.Node node) {
    put(node, "k", "1");
    put(node, "k", "2");
    expect(
        "INVALID_ARGUMENT etcdserver: duplicate key given in txn request",
        () ->
            node.kv()
                .txn(
                    TxnRequest.newBuilder()
                        .addSuccess(op(key("k")))
                        .addSuccess(op(key("k")))
                        .build()));
    expect(
        "INVALID_ARGUMENT etcdserver: invalid sort option",
        () ->
            node.kv()
                .range(
                    RangeRequest.newBuilder()
                        .setKey(bytes("a"))
                        .setRangeEnd(bytes("z"))
                        .setSortTargetValue(99)
                        .build()));
    expect(
        "INVALID_ARGUMENT etcdserver: key is not provided", () -> node.kv().put(key("").build()));
    expect(
        "INVALID_ARGUMENT etcdserver: key not found",
        () -> node.kv().put(key("missing").setIgnoreValue(true).build()));
    expect(
        "INVALID_ARGUMENT etcdserver: value is provided",
        () -> node.kv().put(key("k").setIgnoreValue(true).setValue(bytes("v")).build()));
    expect(
        "INVALID_ARGUMENT etcdserver: lease is provided",
        () -> node.kv().put(key("k").setIgnoreLease(true).setLease(7).build()));
    expect(
        "INVALID_ARGUMENT etcdserver: request is too large",
        () -> node.kv().put(key("k").setValue(ByteString.copyFrom(new byte[1_600_000])).build()));
    var many = TxnRequest.newBuilder();
    for (int i = 0; i < 129; i++) {
      many.addSuccess(op(key("k" + i)));
    }
    expect(
        "INVALID_ARGUMENT etcdserver: too many operations in txn request",
        () -> node.kv().txn(many.build()));
    var _ = node.kv().compact(CompactionRequest.newBuilder().setRevision(3).build());
    expect(
        "OUT_OF_RANGE etcdserver: mvcc: required revision has been compacted",
        () -> node.kv().range(RangeRequest.newBuilder().setKey(bytes("k")).setRevision(2).build()));
    expect(
        "OUT_OF_RANGE etcdserver: mvcc: required revision is a future revision",
        () ->
            node.kv().range(RangeRequest.newBuilder().setKey(bytes("k")).setRevision(99).build()));
  }

  private void leases(LocalCluster.Node node) {
    var lease = LeaseGrantRequest.newBuilder().setID(7).setTTL(3_600);
    var _ = node.lease().leaseGrant(lease.build());
    expect(
        "FAILED_PRECONDITION etcdserver: lease already exists",
        () -> node.lease().leaseGrant(lease.build()));
    expect(
        "OUT_OF_RANGE etcdserver: too large lease TTL",
        () ->
            node.lease().leaseGrant(LeaseGrantRequest.newBuilder().setTTL(9_000_000_001L).build()));
    expect(
        "NOT_FOUND etcdserver: requested lease not found",
        () -> node.lease().leaseRevoke(LeaseRevokeRequest.newBuilder().setID(99).build()));
  }

  private static MemberAddRequest add(String url, boolean learner) {
    return MemberAddRequest.newBuilder().addPeerURLs(url).setIsLearner(learner).build();
  }

  private void members(LocalCluster.Node node) {
    expect(
        "INVALID_ARGUMENT etcdserver: given member URLs are invalid",
        () -> node.cluster().memberAdd(add("nonsense", false)));
    expect(
        "NOT_FOUND etcdserver: member not found",
        () -> node.cluster().memberRemove(MemberRemoveRequest.newBuilder().setID(99).build()));
    expect(
        "FAILED_PRECONDITION etcdserver: Peer URLs already exists",
        () -> node.cluster().memberAdd(add(node.peerUrl(), false)));
    expect(
        "FAILED_PRECONDITION etcdserver: bad leader transferee",
        () ->
            node.maintenance().moveLeader(MoveLeaderRequest.newBuilder().setTargetID(99).build()));
    expect(
        "FAILED_PRECONDITION etcdserver: can only promote a learner member",
        () -> promote(node, node.id));
    long learner = node.cluster().memberAdd(add("http://127.0.0.9:2380", true)).getMember().getID();
    expect(
        "FAILED_PRECONDITION etcdserver: can only promote a learner member which is in sync with"
            + " leader",
        () -> promote(node, learner));
    expect(
        "FAILED_PRECONDITION etcdserver: too many learner members in cluster",
        () -> node.cluster().memberAdd(add("http://127.0.0.8:2380", true)));
    var _ = node.cluster().memberRemove(MemberRemoveRequest.newBuilder().setID(learner).build());
  }

  private static void promote(LocalCluster.Node node, long id) {
    var _ = node.cluster().memberPromote(MemberPromoteRequest.newBuilder().setID(id).build());
  }

  private void downgrades(LocalCluster.Node node) {
    expect(
        "INVALID_ARGUMENT etcdserver: invalid downgrade target version",
        () -> downgrade(node, DowngradeAction.VALIDATE, "3.4"));
    expect(
        "INVALID_ARGUMENT etcdserver: wrong downgrade target version format",
        () -> downgrade(node, DowngradeAction.VALIDATE, "three"));
    downgrade(node, DowngradeAction.ENABLE, "3.5");
    expect(
        "FAILED_PRECONDITION etcdserver: cluster has a downgrade job in progress",
        () -> downgrade(node, DowngradeAction.ENABLE, "3.5"));
    downgrade(node, DowngradeAction.CANCEL, "");
    expect(
        "FAILED_PRECONDITION etcdserver: no inflight downgrade job",
        () -> downgrade(node, DowngradeAction.CANCEL, ""));
  }

  private static void downgrade(LocalCluster.Node node, DowngradeAction action, String version) {
    var _ =
        node.maintenance()
            .downgrade(DowngradeRequest.newBuilder().setAction(action).setVersion(version).build());
  }

  private void elections(LocalCluster.Node node) {
    var election =
        ElectionGrpc.newBlockingStub(node.channel()).withDeadlineAfter(20, TimeUnit.SECONDS);
    expect(
        "UNKNOWN election: no leader",
        () -> election.leader(LeaderRequest.newBuilder().setName(bytes("n")).build()));
    expect(
        "UNKNOWN election: not leader",
        () ->
            election.proclaim(
                ProclaimRequest.newBuilder()
                    .setLeader(LeaderKey.newBuilder().setKey(bytes("n/1")).setRev(99))
                    .build()));
    expect(
        "UNKNOWN \"leader\" field must be provided",
        () -> election.proclaim(ProclaimRequest.getDefaultInstance()));
  }

  private void users(LocalCluster.Node node) {
    var auth = AuthGrpc.newBlockingStub(node.channel()).withDeadlineAfter(20, TimeUnit.SECONDS);
    expect(
        "FAILED_PRECONDITION etcdserver: authentication is not enabled",
        () -> auth.authenticate(user("u", "p")));
    expect(
        "INVALID_ARGUMENT etcdserver: user name is empty",
        () -> auth.userAdd(AuthUserAddRequest.getDefaultInstance()));
    expect(
        "INVALID_ARGUMENT etcdserver: role name is empty",
        () -> auth.roleAdd(AuthRoleAddRequest.getDefaultInstance()));
    expect(
        "UNKNOWN bcrypt: password length exceeds 72 bytes",
        () -> auth.userAdd(newUser("long", "p".repeat(73))));
    expect(
        "FAILED_PRECONDITION etcdserver: root user does not exist",
        () -> auth.authEnable(AuthEnableRequest.getDefaultInstance()));
    var _ = auth.userAdd(newUser("root", "root"));
    expect(
        "FAILED_PRECONDITION etcdserver: root user does not have root role",
        () -> auth.authEnable(AuthEnableRequest.getDefaultInstance()));
    var _ = auth.userAdd(newUser("u", "u"));
    expect(
        "FAILED_PRECONDITION etcdserver: user name already exists",
        () -> auth.userAdd(newUser("u", "u")));
    expect(
        "FAILED_PRECONDITION etcdserver: user name not found",
        () -> auth.userGet(AuthUserGetRequest.newBuilder().setName("x").build()));
    roles(auth);
    var _ =
        auth.userAdd(
            AuthUserAddRequest.newBuilder()
                .setName("cn")
                .setOptions(UserAddOptions.newBuilder().setNoPassword(true))
                .build());
    grant(auth, "root", "root");
    var _ = auth.authEnable(AuthEnableRequest.getDefaultInstance());
    expect(
        "UNKNOWN auth: authentication failed, password was given for no password user",
        () -> auth.authenticate(user("cn", "p")));
    expect(
        "INVALID_ARGUMENT etcdserver: authentication failed, invalid user ID or password",
        () -> auth.authenticate(user("u", "wrong")));
    String token = auth.authenticate(user("u", "u")).getToken();
    expect(
        "PERMISSION_DENIED etcdserver: permission denied",
        () -> with("token", token, node.kv()).put(putRequest("k", "v")));
    expect(
        "UNAUTHENTICATED etcdserver: invalid auth token",
        () -> with("token", "x.1", node.kv()).put(putRequest("k", "v")));
    String root = auth.authenticate(user("root", "root")).getToken();
    expect(
        "INVALID_ARGUMENT etcdserver: invalid auth management",
        () ->
            with("token", root, auth)
                .userRevokeRole(
                    AuthUserRevokeRoleRequest.newBuilder()
                        .setName("root")
                        .setRole("root")
                        .build()));
    var _ = with("token", root, auth).authDisable(AuthDisableRequest.getDefaultInstance());
  }

  private void roles(AuthGrpc.AuthBlockingStub auth) {
    var role = AuthRoleAddRequest.newBuilder().setName("r").build();
    var _ = auth.roleAdd(role);
    expect("FAILED_PRECONDITION etcdserver: role name already exists", () -> auth.roleAdd(role));
    expect(
        "FAILED_PRECONDITION etcdserver: role name not found", () -> grant(auth, "u", "missing"));
    expect(
        "FAILED_PRECONDITION etcdserver: role is not granted to the user",
        () ->
            auth.userRevokeRole(
                AuthUserRevokeRoleRequest.newBuilder().setName("u").setRole("r").build()));
    expect(
        "INVALID_ARGUMENT etcdserver: permission not given",
        () ->
            auth.roleGrantPermission(
                AuthRoleGrantPermissionRequest.newBuilder().setName("r").build()));
    var _ =
        auth.roleGrantPermission(
            AuthRoleGrantPermissionRequest.newBuilder()
                .setName("r")
                .setPerm(Permission.newBuilder().setKey(bytes("a")))
                .build());
    expect(
        "FAILED_PRECONDITION etcdserver: permission is not granted to the role",
        () ->
            auth.roleRevokePermission(
                AuthRoleRevokePermissionRequest.newBuilder()
                    .setRole("r")
                    .setKey(bytes("b"))
                    .build()));
  }

  private static void grant(AuthGrpc.AuthBlockingStub auth, String user, String role) {
    var _ =
        auth.userGrantRole(
            AuthUserGrantRoleRequest.newBuilder().setUser(user).setRole(role).build());
  }

  private static AuthenticateRequest user(String name, String password) {
    return AuthenticateRequest.newBuilder().setName(name).setPassword(password).build();
  }

  private static AuthUserAddRequest newUser(String name, String password) {
    return AuthUserAddRequest.newBuilder().setName(name).setPassword(password).build();
  }

  private static <S extends AbstractStub<S>> S with(String header, String value, S stub) {
    var headers = new Metadata();
    headers.put(Metadata.Key.of(header, Metadata.ASCII_STRING_MARSHALLER), value);
    return stub.withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers));
  }

  /// The second of two members that never start would leave one of three.
  private void membersWhoNeverStart(LocalCluster.Node node) {
    var _ = node.cluster().memberAdd(add("http://127.0.0.7:2380", false));
    expect(
        "UNKNOWN etcdserver: re-configuration failed due to not enough started members",
        () -> node.cluster().memberAdd(add("http://127.0.0.6:2380", false)));
  }

  private void withoutAMajority(LocalCluster cluster) throws InterruptedException {
    LocalCluster.Node leader = cluster.leader();
    LocalCluster.Node lost = cluster.follower();
    LocalCluster.Node other =
        cluster.nodes().stream()
            .filter(node -> node != leader && node != lost)
            .findFirst()
            .orElseThrow();
    lost.kill();
    expect(
        "UNKNOWN etcdserver: request timed out, leader transfer took too long",
        () ->
            leader
                .maintenance()
                .moveLeader(MoveLeaderRequest.newBuilder().setTargetID(lost.id).build()));
    expect(
        "UNAVAILABLE etcdserver: unhealthy cluster",
        () ->
            leader
                .cluster()
                .memberRemove(MemberRemoveRequest.newBuilder().setID(other.id).build()));
    var observed = new ArrayList<Iterator<LeaderResponse>>();
    Thread killing = Thread.startVirtualThread(other::kill);
    Await.until(
        "nobody leads",
        LocalCluster.BOUND,
        () -> {
          observed.add(observe(leader));
          return leader.statusLeader() == 0;
        });
    killing.join();
    String noLeader = "UNAVAILABLE etcdserver: no leader";
    // Also those whose first read found nobody to confirm it.
    for (Iterator<LeaderResponse> observer : observed) {
      assertThat(
              errorOf(() -> {
                var _ = observer.hasNext();
              }))
          .isEqualTo(noLeader);
    }
    var lease = LeaseTimeToLiveRequest.newBuilder().setID(1).build();
    assertThat(
            errorOf(() -> {
              var _ = leader.lease().leaseTimeToLive(lease);
            }))
        .isEqualTo(noLeader);
    expect(noLeader, () -> with("hasleader", "true", leader.kv()).put(putRequest("k", "v")));
    expect("DEADLINE_EXCEEDED context deadline exceeded", () -> put(leader, "k", "v"));
  }

  private static Iterator<LeaderResponse> observe(LocalCluster.Node node) {
    var elections =
        ElectionGrpc.newBlockingStub(node.channel()).withDeadlineAfter(20, TimeUnit.SECONDS);
    return with("hasleader", "true", elections)
        .observe(LeaderRequest.newBuilder().setName(bytes("nobody's")).build());
  }

  /// A member that has only the public key of tokens.
  private void verifiersOnly() throws Exception {
    var certificates = new Certificates(folder);
    certificates.openssl("ec", "-in", "ca.key", "-pubout", "-out", "ca.pub");
    var tokens =
        new TokenSpec.Jwt(certificates.file("ca.pub"), "", SignMethod.ES256, Duration.ofMinutes(5));
    try (var cluster = LocalCluster.of(Files.createDirectory(folder.resolve("verifier")), 1)) {
      cluster.withAuth(new AuthSettings(tokens, Duration.ofMinutes(5), 4, false));
      LocalCluster.Node node = cluster.node(1);
      node.found();
      node.awaitOpen();
      var auth = AuthGrpc.newBlockingStub(node.channel()).withDeadlineAfter(20, TimeUnit.SECONDS);
      var _ = auth.userAdd(newUser("root", "root"));
      var _ = auth.roleAdd(AuthRoleAddRequest.newBuilder().setName("root").build());
      grant(auth, "root", "root");
      var _ = auth.authEnable(AuthEnableRequest.getDefaultInstance());
      expect(
          "UNKNOWN auth: verification-only provider cannot sign tokens",
          () -> auth.authenticate(user("root", "root")));
    }
  }
}
