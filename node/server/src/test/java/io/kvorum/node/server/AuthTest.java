package io.kvorum.node.server;

import static io.kvorum.node.server.Calls.bytes;
import static io.kvorum.node.server.Calls.errorOf;
import static io.kvorum.node.server.Calls.putRequest;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServiceDescriptor;
import io.grpc.Status;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.StreamObserver;
import io.kvorum.node.proto.auth.Permission;
import io.kvorum.node.proto.election.ElectionGrpc;
import io.kvorum.node.proto.etcd.AuthDisableRequest;
import io.kvorum.node.proto.etcd.AuthEnableRequest;
import io.kvorum.node.proto.etcd.AuthGrpc;
import io.kvorum.node.proto.etcd.AuthRoleAddRequest;
import io.kvorum.node.proto.etcd.AuthRoleGrantPermissionRequest;
import io.kvorum.node.proto.etcd.AuthStatusRequest;
import io.kvorum.node.proto.etcd.AuthUserAddRequest;
import io.kvorum.node.proto.etcd.AuthUserChangePasswordRequest;
import io.kvorum.node.proto.etcd.AuthUserGrantRoleRequest;
import io.kvorum.node.proto.etcd.AuthUserListRequest;
import io.kvorum.node.proto.etcd.AuthenticateRequest;
import io.kvorum.node.proto.etcd.ClusterGrpc;
import io.kvorum.node.proto.etcd.HashRequest;
import io.kvorum.node.proto.etcd.KVGrpc;
import io.kvorum.node.proto.etcd.LeaseGrantRequest;
import io.kvorum.node.proto.etcd.LeaseGrpc;
import io.kvorum.node.proto.etcd.LeaseKeepAliveRequest;
import io.kvorum.node.proto.etcd.LeaseKeepAliveResponse;
import io.kvorum.node.proto.etcd.LeaseLeasesRequest;
import io.kvorum.node.proto.etcd.LeaseTimeToLiveRequest;
import io.kvorum.node.proto.etcd.MaintenanceGrpc;
import io.kvorum.node.proto.etcd.MemberListRequest;
import io.kvorum.node.proto.etcd.RangeRequest;
import io.kvorum.node.proto.etcd.StatusRequest;
import io.kvorum.node.proto.etcd.WatchCreateRequest;
import io.kvorum.node.proto.etcd.WatchGrpc;
import io.kvorum.node.proto.etcd.WatchRequest;
import io.kvorum.node.proto.etcd.WatchResponse;
import io.kvorum.node.proto.lock.LockGrpc;
import io.kvorum.testkit.Await;
import io.kvorum.testkit.Golden;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AuthTest {
  private static final String DENIED = "PERMISSION_DENIED etcdserver: permission denied";
  private static final String NOBODY = "INVALID_ARGUMENT etcdserver: user name is empty";
  private static final String BAD_TOKEN = "UNAUTHENTICATED etcdserver: invalid auth token";
  private static final Metadata.Key<String> TOKEN =
      Metadata.Key.of("token", Metadata.ASCII_STRING_MARSHALLER);

  @TempDir Path folder;

  /// Root, and a user who may read and write `k`.
  private static void enable(LocalCluster.Node node) {
    AuthGrpc.AuthBlockingStub auth = auth(node, "");
    var _ = auth.roleAdd(AuthRoleAddRequest.newBuilder().setName("k").build());
    for (String name : List.of("root", "user")) {
      var _ = auth.userAdd(AuthUserAddRequest.newBuilder().setName(name).setPassword(name).build());
    }
    var permission =
        Permission.newBuilder().setPermType(Permission.Type.READWRITE).setKey(bytes("k")).build();
    var _ =
        auth.roleGrantPermission(
            AuthRoleGrantPermissionRequest.newBuilder().setName("k").setPerm(permission).build());
    grant(auth, "user", "k");
    grant(auth, "root", "root");
    var _ = auth.authEnable(AuthEnableRequest.getDefaultInstance());
  }

  private static void grant(AuthGrpc.AuthBlockingStub auth, String user, String role) {
    var _ =
        auth.userGrantRole(
            AuthUserGrantRoleRequest.newBuilder().setUser(user).setRole(role).build());
  }

  private static AuthGrpc.AuthBlockingStub auth(LocalCluster.Node node, String token) {
    return with(token, AuthGrpc.newBlockingStub(node.channel()))
        .withDeadlineAfter(20, TimeUnit.SECONDS);
  }

  private static <S extends io.grpc.stub.AbstractStub<S>> S with(String token, S stub) {
    var headers = new Metadata();
    if (!token.isEmpty()) {
      headers.put(TOKEN, token);
    }
    return stub.withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers));
  }

  /// What a stream said of its caller when it began counts once that is asked for.
  @Test
  void streamFromBeforeAuth_isItsCallers() throws Exception {
    try (var cluster = LocalCluster.started(folder, 1)) {
      var node = cluster.node(1);
      var responses = new LinkedBlockingQueue<WatchResponse>();
      var requests =
          with("unknown.1", node.watch())
              .watch(
                  new StreamObserver<WatchResponse>() {
                    @Override
                    public void onNext(WatchResponse response) {
                      responses.add(response);
                    }

                    @Override
                    public void onError(Throwable failure) {}

                    @Override
                    public void onCompleted() {}
                  });
      var create =
          WatchRequest.newBuilder()
              .setCreateRequest(WatchCreateRequest.newBuilder().setKey(bytes("k")))
              .build();
      requests.onNext(create);
      assertThat(responses.poll(20, TimeUnit.SECONDS)).matches(WatchResponse::getCreated);
      enable(node);
      requests.onNext(create);
      assertThat(responses.poll(20, TimeUnit.SECONDS))
          .extracting(WatchResponse::getCancelReason)
          .asString()
          .contains("invalid auth token");
    }
  }

  private static KVGrpc.KVBlockingStub kv(LocalCluster.Node node, String token) {
    return with(token, node.kv());
  }

  private static String signIn(LocalCluster.Node node, String user, String password) {
    return auth(node, "")
        .authenticate(AuthenticateRequest.newBuilder().setName(user).setPassword(password).build())
        .getToken();
  }

  private static String put(LocalCluster.Node node, String token, String key) {
    return errorOf(() -> {
      var _ = kv(node, token).put(putRequest(key, "v"));
    });
  }

  private static String get(LocalCluster.Node node, String token, String key, boolean local) {
    return errorOf(() -> {
      var _ =
          kv(node, token)
              .range(RangeRequest.newBuilder().setKey(bytes(key)).setSerializable(local).build());
    });
  }

  @Test
  void tokenIsGoodAtEveryMemberAtOnce_andSoAreItsUsersRights() {
    try (var cluster = LocalCluster.started(folder, 3)) {
      enable(cluster.node(1));
      for (int i = 0; i < 18; i++) {
        String token = signIn(cluster.node(1 + i % 3), "user", "user");
        LocalCluster.Node other = cluster.node(1 + i / 3 % 3);
        assertThat(put(other, token, "k")).as("round %d", i).isEqualTo("OK");
        assertThat(get(other, token, "k", false)).isEqualTo("OK");
        assertThat(put(other, token, "x")).isEqualTo(DENIED);
        assertThat(get(other, token, "x", true)).isEqualTo(DENIED);
        assertThat(put(other, "", "k")).isEqualTo(NOBODY);
        assertThat(put(other, token + "1", "k")).isEqualTo(BAD_TOKEN);
      }
    }
  }

  @Test
  void tokenEnds_withItsPassword_withAuth_andWithTheMember() {
    try (var cluster = LocalCluster.started(folder, 1)) {
      LocalCluster.Node node = cluster.node(1);
      enable(node);
      String root = signIn(node, "root", "root");
      String user = signIn(node, "user", "user");
      grant(auth(node, root), "user", "root");
      assertThat(put(node, user, "x")).as("roles change under a token").isEqualTo("OK");
      var _ =
          auth(node, root)
              .userChangePassword(
                  AuthUserChangePasswordRequest.newBuilder()
                      .setName("user")
                      .setPassword("new")
                      .build());
      assertThat(put(node, user, "k")).isEqualTo(BAD_TOKEN);
      assertThat(errorOf(() -> signIn(node, "user", "user")))
          .isEqualTo(
              "INVALID_ARGUMENT etcdserver: authentication failed, invalid user ID or password");
      String again = signIn(node, "user", "new");
      assertThat(put(node, again, "k")).isEqualTo("OK");
      var _ = auth(node, root).authDisable(AuthDisableRequest.getDefaultInstance());
      assertThat(put(node, "any", "k")).isEqualTo("OK");
      assertThat(errorOf(() -> signIn(node, "user", "new")))
          .isEqualTo("FAILED_PRECONDITION etcdserver: authentication is not enabled");
      var _ = auth(node, "").authEnable(AuthEnableRequest.getDefaultInstance());
      assertThat(put(node, again, "k")).isEqualTo(BAD_TOKEN);
      String last = signIn(node, "root", "root");
      node.stop();
      node.resume();
      node.awaitOpen();
      assertThat(put(node, last, "k")).isEqualTo(BAD_TOKEN);
      assertThat(put(node, signIn(node, "root", "root"), "k")).isEqualTo("OK");
    }
  }

  @Test
  void everyOtherService_asksWhoCalls() throws Exception {
    try (var cluster = LocalCluster.started(folder, 1)) {
      LocalCluster.Node node = cluster.node(1);
      enable(node);
      String root = signIn(node, "root", "root");
      String user = signIn(node, "user", "user");
      var maintenance = node.maintenance();
      assertThat(errorOf(() -> maintenance.status(StatusRequest.getDefaultInstance())))
          .isEqualTo(NOBODY);
      assertThat(errorOf(() -> with(user, maintenance).status(StatusRequest.getDefaultInstance())))
          .isEqualTo("OK");
      assertThat(errorOf(() -> maintenance.hash(HashRequest.getDefaultInstance())))
          .isEqualTo(NOBODY);
      assertThat(errorOf(() -> with(user, maintenance).hash(HashRequest.getDefaultInstance())))
          .isEqualTo(DENIED);
      assertThat(errorOf(() -> with(root, maintenance).hash(HashRequest.getDefaultInstance())))
          .isEqualTo("OK");
      assertThat(
              errorOf(() ->
                  with(user, node.cluster()).memberList(MemberListRequest.getDefaultInstance())))
          .isEqualTo("OK");
      assertThat(errorOf(() -> auth(node, user).userList(AuthUserListRequest.getDefaultInstance())))
          .isEqualTo(DENIED);
      assertThat(auth(node, root).authStatus(AuthStatusRequest.getDefaultInstance()).getEnabled())
          .isTrue();
      assertThat(errorOf(() -> stream(node, user, "k"))).isEqualTo("OK");
      assertThat(errorOf(() -> stream(node, user, "x"))).isEqualTo(DENIED);
      assertThat(errorOf(() -> stream(node, "", "k"))).isEqualTo(NOBODY);
      leases(node, root, user);
      watches(node, user);
    }
  }

  /// CVE-2026-33413 and its like: calls that nobody had thought of asked for no name. Here every
  /// method of the protocol is called, by nobody and by a user without rights to speak of, so a new
  /// one shows in the file.
  @Test
  void everyMethodOfTheProtocol_isClosedToNobody() throws Exception {
    var text = new StringBuilder();
    try (var cluster = LocalCluster.started(folder, 1)) {
      LocalCluster.Node node = cluster.node(1);
      enable(node);
      String user = signIn(node, "user", "user");
      for (ServiceDescriptor service :
          List.of(
              KVGrpc.getServiceDescriptor(),
              WatchGrpc.getServiceDescriptor(),
              LeaseGrpc.getServiceDescriptor(),
              ClusterGrpc.getServiceDescriptor(),
              MaintenanceGrpc.getServiceDescriptor(),
              AuthGrpc.getServiceDescriptor(),
              LockGrpc.getServiceDescriptor(),
              ElectionGrpc.getServiceDescriptor())) {
        for (MethodDescriptor<?, ?> method : service.getMethods()) {
          String nobody = new AnyCall<>(node, "", method).end();
          String somebody = new AnyCall<>(node, user, method).end();
          text.append(method.getFullMethodName()).append('\n');
          text.append("  nobody: ").append(nobody).append('\n');
          text.append("  a user: ").append(somebody).append('\n');
        }
      }
    }
    Golden.file(Path.of("src/test/resources/golden/auth/calls.txt"), text.toString());
  }

  /// A call of any method with an empty request, up to its first sign of life.
  private static final class AnyCall<Q, S> extends ClientCall.Listener<S> {
    private final CompletableFuture<String> end = new CompletableFuture<>();
    private final ClientCall<Q, S> call;

    AnyCall(LocalCluster.Node node, String token, MethodDescriptor<Q, S> method) {
      call =
          node.channel()
              .newCall(method, CallOptions.DEFAULT.withDeadlineAfter(20, TimeUnit.SECONDS));
      var headers = new Metadata();
      if (!token.isEmpty()) {
        headers.put(TOKEN, token);
      }
      call.start(this, headers);
      call.request(1);
      call.sendMessage(request(method));
      call.halfClose();
    }

    /// With what handlers ask for first.
    @SuppressWarnings("unchecked") // it is of the prototype's class
    private static <Q> Q request(MethodDescriptor<Q, ?> method) {
      var marshaller = (MethodDescriptor.PrototypeMarshaller<Q>) method.getRequestMarshaller();
      var prototype = (Message) Objects.requireNonNull(marshaller.getMessagePrototype());
      Message.Builder request = prototype.newBuilderForType();
      for (FieldDescriptor field : request.getDescriptorForType().getFields()) {
        switch (field.getName()) {
          case "key" -> request.setField(field, bytes("x"));
          case "perm", "leader", "create_request" ->
              request.setField(field, request.newBuilderForField(field).build());
          default -> {}
        }
      }
      return (Q) request.build();
    }

    @Override
    public void onMessage(S message) {
      boolean refused = message instanceof WatchResponse watch && watch.getCanceled();
      end.complete(refused ? ((WatchResponse) message).getCancelReason() : "an answer");
      call.cancel("seen", null);
    }

    @Override
    public void onClose(Status status, Metadata trailers) {
      end.complete(status.getCode() + " " + status.getDescription());
    }

    String end() throws Exception {
      return end.get(30, TimeUnit.SECONDS);
    }
  }

  private static void stream(LocalCluster.Node node, String token, String key) {
    kv(node, token)
        .rangeStream(RangeRequest.newBuilder().setKey(bytes(key)).build())
        .forEachRemaining(_ -> {});
  }

  private static void leases(LocalCluster.Node node, String root, String user) throws Exception {
    LeaseGrpc.LeaseBlockingStub asRoot = with(root, node.lease());
    LeaseGrpc.LeaseBlockingStub asUser = with(user, node.lease());
    var _ = asRoot.leaseGrant(LeaseGrantRequest.newBuilder().setTTL(2).setID(7).build());
    assertThat(errorOf(() -> node.lease().leaseGrant(LeaseGrantRequest.getDefaultInstance())))
        .isEqualTo(NOBODY);
    var _ = kv(node, root).put(putRequest("secret", "v").toBuilder().setLease(7).build());
    var timeToLive = LeaseTimeToLiveRequest.newBuilder().setID(7);
    assertThat(errorOf(() -> asUser.leaseTimeToLive(timeToLive.build()))).isEqualTo("OK");
    assertThat(errorOf(() -> asUser.leaseTimeToLive(timeToLive.setKeys(true).build())))
        .isEqualTo(DENIED);
    assertThat(errorOf(() -> asUser.leaseLeases(LeaseLeasesRequest.getDefaultInstance())))
        .isEqualTo(DENIED);
    assertThat(errorOf(() -> asRoot.leaseLeases(LeaseLeasesRequest.getDefaultInstance())))
        .isEqualTo("OK");
    assertThat(keepAlive(node, user)).contains("permission denied");
    Await.until(
        "the lease ends and takes its key along",
        LocalCluster.BOUND,
        () ->
            kv(node, root)
                    .range(RangeRequest.newBuilder().setKey(bytes("secret")).build())
                    .getKvsCount()
                == 0);
    assertThat(errorOf(() -> asUser.leaseLeases(LeaseLeasesRequest.getDefaultInstance())))
        .isEqualTo("OK");
  }

  private static String keepAlive(LocalCluster.Node node, String token) throws Exception {
    var end = new CompletableFuture<String>();
    var requests =
        with(token, node.leaseStream())
            .leaseKeepAlive(
                new StreamObserver<LeaseKeepAliveResponse>() {
                  @Override
                  public void onNext(LeaseKeepAliveResponse response) {
                    end.complete("renewed");
                  }

                  @Override
                  public void onError(Throwable failure) {
                    end.complete(failure.getMessage());
                  }

                  @Override
                  public void onCompleted() {}
                });
    requests.onNext(LeaseKeepAliveRequest.newBuilder().setID(7).build());
    return end.get(20, TimeUnit.SECONDS);
  }

  private static void watches(LocalCluster.Node node, String user) throws Exception {
    assertThat(watch(node, user, "k")).isEqualTo("true false 0 ");
    assertThat(watch(node, user, "x"))
        .isEqualTo(
            "true true -1 rpc error: code = PermissionDenied desc = etcdserver: permission denied");
    assertThat(watch(node, "", "k"))
        .isEqualTo(
            "true true -1 rpc error: code = InvalidArgument desc = etcdserver: user name is empty");
    assertThat(watch(node, "bad", "k"))
        .isEqualTo(
            "true true -1 rpc error: code = Unauthenticated desc = etcdserver: invalid auth token");
  }

  private static String watch(LocalCluster.Node node, String token, String key) throws Exception {
    BlockingQueue<String> answers = new LinkedBlockingQueue<>();
    var requests =
        with(token, WatchGrpc.newStub(node.channel()))
            .watch(
                new StreamObserver<WatchResponse>() {
                  @Override
                  public void onNext(WatchResponse response) {
                    answers.add(
                        response.getCreated()
                            + " "
                            + response.getCanceled()
                            + " "
                            + response.getWatchId()
                            + " "
                            + response.getCancelReason());
                  }

                  @Override
                  public void onError(Throwable failure) {
                    answers.add(failure.getMessage());
                  }

                  @Override
                  public void onCompleted() {}
                });
    requests.onNext(
        WatchRequest.newBuilder()
            .setCreateRequest(WatchCreateRequest.newBuilder().setKey(bytes(key)))
            .build());
    String answer = answers.poll(20, TimeUnit.SECONDS);
    requests.onCompleted();
    return String.valueOf(answer);
  }

  @Test
  void usersReachAMemberWithASnapshot() throws Exception {
    try (var cluster = LocalCluster.of(folder, 3)) {
      cluster.withLimits(
          new MemberConfig.Limits(0, 1_572_864, 128, 1, true, 5, new Retention.Everything()));
      cluster.nodes().forEach(LocalCluster.Node::found);
      cluster.nodes().forEach(LocalCluster.Node::awaitOpen);
      LocalCluster.Node late = cluster.node(3);
      late.kill();
      Calls.putUntilDone(cluster.node(1), "before", "0");
      enable(cluster.node(1));
      String first = cluster.node(1).logSegments().getFirst();
      String second = cluster.node(2).logSegments().getFirst();
      // A graceful stop makes the state durable, and a start begins a new segment: after the second
      // one nothing needs the first segment any more.
      for (int life = 0; life < 2; life++) {
        cluster.node(1).stop();
        cluster.node(2).stop();
        cluster.node(1).resume();
        cluster.node(2).resume();
        cluster.node(1).awaitOpen();
        cluster.leader();
        String token = signIn(cluster.node(1), "root", "root");
        for (int i = 0; i < 50; i++) {
          assertThat(put(cluster.node(1), token, "back")).isEqualTo("OK");
        }
      }
      Await.until(
          "the logs no longer reach back",
          LocalCluster.BOUND,
          () ->
              !cluster.node(1).logSegments().contains(first)
                  && !cluster.node(2).logSegments().contains(second));
      late.resume();
      late.awaitOpen();
      assertThat(put(late, "", "k")).isEqualTo(NOBODY);
      assertThat(get(late, signIn(late, "user", "user"), "k", true)).isEqualTo("OK");
      assertThat(
              late.status().counters().peers.values().stream()
                  .mapToLong(peer -> peer.snapshotsReceived.sum())
                  .sum())
          .isEqualTo(1);
    }
  }
}
