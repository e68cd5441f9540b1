package io.kvorum.node.server.discovery;

import static io.kvorum.node.server.config.StartFailure.configuration;

import com.google.protobuf.ByteString;
import io.grpc.Channel;
import io.grpc.ClientInterceptors;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NegotiationType;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.StreamObserver;
import io.kvorum.node.proto.etcd.AuthGrpc;
import io.kvorum.node.proto.etcd.AuthenticateRequest;
import io.kvorum.node.proto.etcd.Compare;
import io.kvorum.node.proto.etcd.KVGrpc;
import io.kvorum.node.proto.etcd.PutRequest;
import io.kvorum.node.proto.etcd.RangeRequest;
import io.kvorum.node.proto.etcd.RangeResponse;
import io.kvorum.node.proto.etcd.RequestOp;
import io.kvorum.node.proto.etcd.TxnRequest;
import io.kvorum.node.proto.etcd.WatchCreateRequest;
import io.kvorum.node.proto.etcd.WatchGrpc;
import io.kvorum.node.proto.etcd.WatchRequest;
import io.kvorum.node.proto.etcd.WatchResponse;
import io.kvorum.node.proto.mvcc.KeyValue;
import io.kvorum.node.server.config.Discovery;
import io.kvorum.node.server.config.Url;
import io.kvorum.node.server.tls.DialledTls;
import io.netty.channel.ChannelOption;
import io.netty.handler.ssl.SslContext;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// Keys of API v3 in a running cluster, as etcd lays them out:
///
/// ```
/// /_etcd/registry/<token>/_config/size          how many found the cluster
/// /_etcd/registry/<token>/members/<member id>   name=peerURL,name=peerURL of one that wants to
/// ```
///
/// Every question goes to the endpoints in turn, the one that answered last first.
final class RegistryKeys implements Registrations {

  /// How long a wait lasts before the members are listed anew: a watch on a member that has lost
  /// the others hears nothing.
  private static final Duration WAIT = Duration.ofSeconds(60);

  private static final Metadata.Key<String> TOKEN =
      Metadata.Key.of("token", Metadata.ASCII_STRING_MARSHALLER);

  private static final Set<Status.Code> HOPELESS =
      EnumSet.of(
          Status.Code.PERMISSION_DENIED,
          Status.Code.UNAUTHENTICATED,
          Status.Code.INVALID_ARGUMENT,
          Status.Code.UNIMPLEMENTED);

  private final Discovery.Registry place;
  private final String prefix;
  private final List<ManagedChannel> channels;
  private int current;

  RegistryKeys(Discovery.Registry place) {
    this.place = place;
    this.prefix = prefix(place.token());
    Optional<SslContext> tls =
        place.endpoints().stream().anyMatch(Url::secure)
            ? Optional.of(DialledTls.of("--discovery-", place.tls()))
            : Optional.empty();
    this.channels = place.endpoints().stream().map(url -> channel(url, tls)).toList();
  }

  /// Below which everything of a token stands.
  static String prefix(String token) {
    return "/_etcd/registry/" + token;
  }

  private ManagedChannel channel(Url url, Optional<SslContext> tls) {
    Discovery.Patience patience = place.patience();
    NettyChannelBuilder builder =
        NettyChannelBuilder.forAddress(url.host(), url.port())
            .withOption(
                ChannelOption.CONNECT_TIMEOUT_MILLIS,
                Math.clamp(patience.dial().toMillis(), 1, Integer.MAX_VALUE))
            .disableRetry();
    if (!patience.keepAliveTime().isZero()) {
      builder
          .keepAliveTime(patience.keepAliveTime().toNanos(), TimeUnit.NANOSECONDS)
          .keepAliveTimeout(patience.keepAliveTimeout().toNanos(), TimeUnit.NANOSECONDS);
    }
    if (url.secure() && tls.isPresent()) {
      builder.negotiationType(NegotiationType.TLS).sslContext(tls.get());
    } else {
      builder.negotiationType(NegotiationType.PLAINTEXT);
    }
    return builder.build();
  }

  @Override
  public int size() throws IOException {
    String key = prefix + "/_config/size";
    List<KeyValue> found =
        ask(channel -> kv(channel).range(RangeRequest.newBuilder().setKey(utf8(key)).build()))
            .getKvsList();
    if (found.isEmpty()) {
      throw configuration(
          "discovery: size key not found: there is no "
              + key
              + ": make the token first, as by etcdctl put "
              + key
              + " 3");
    }
    String text = found.getFirst().getValue().toStringUtf8();
    try {
      int size = Integer.parseInt(text);
      if (size > 0) {
        return size;
      }
    } catch (NumberFormatException _) {
      // Said below.
    }
    throw configuration(
        "discovery: size key is bad: " + key + " holds \"" + text + "\", no number above 0");
  }

  @Override
  public Listing list() throws IOException {
    RangeResponse response =
        ask(channel ->
            kv(channel)
                .range(
                    RangeRequest.newBuilder()
                        .setKey(utf8(members()))
                        .setRangeEnd(utf8(membersEnd()))
                        .setSortTarget(RangeRequest.SortTarget.CREATE)
                        .setSortOrder(RangeRequest.SortOrder.ASCEND)
                        .build()));
    var registered = new ArrayList<Registered>();
    for (KeyValue pair : response.getKvsList()) {
      String value = pair.getValue().toStringUtf8().strip();
      // What names no member is not one of them: etcd passes over it, too.
      if (value.indexOf('=') >= 0) {
        String id = pair.getKey().toStringUtf8().substring(members().length());
        registered.add(new Registered(id, value, pair.getCreateRevision()));
      }
    }
    return new Listing(registered, response.getHeader().getRevision());
  }

  @Override
  public boolean register(String id, String value) throws IOException {
    ByteString key = utf8(members() + id);
    var request =
        TxnRequest.newBuilder()
            .addCompare(
                Compare.newBuilder()
                    .setKey(key)
                    .setTarget(Compare.CompareTarget.CREATE)
                    .setResult(Compare.CompareResult.EQUAL)
                    .setCreateRevision(0))
            .addSuccess(
                RequestOp.newBuilder()
                    .setRequestPut(PutRequest.newBuilder().setKey(key).setValue(utf8(value))))
            .build();
    return ask(channel -> kv(channel).txn(request)).getSucceeded();
  }

  @Override
  public boolean awaitChange(long index) throws IOException, InterruptedException {
    var change = new FirstChange();
    StreamObserver<WatchRequest> watch = ask(channel -> WatchGrpc.newStub(channel).watch(change));
    try {
      watch.onNext(watchFrom(index));
      change.heard.get(WAIT.toMillis(), TimeUnit.MILLISECONDS);
      return true;
    } catch (TimeoutException _) {
      return false;
    } catch (ExecutionException e) {
      Status status = Status.fromThrowable(e.getCause());
      requireCurable(status);
      turn();
      throw new IOException("the watch ended: " + status, e);
    } finally {
      watch.onError(Status.CANCELLED.asRuntimeException());
    }
  }

  private WatchRequest watchFrom(long revision) {
    return WatchRequest.newBuilder()
        .setCreateRequest(
            WatchCreateRequest.newBuilder()
                .setKey(utf8(members()))
                .setRangeEnd(utf8(membersEnd()))
                .setStartRevision(revision))
        .build();
  }

  /// Hears of the first change of the members, or of the end of a watch, which may have missed one.
  private static final class FirstChange implements StreamObserver<WatchResponse> {

    private final CompletableFuture<WatchResponse> heard = new CompletableFuture<>();

    @Override
    public void onNext(WatchResponse response) {
      if (response.getEventsCount() > 0 || response.getCanceled()) {
        heard.complete(response);
      }
    }

    @Override
    public void onError(Throwable failure) {
      heard.completeExceptionally(failure);
    }

    @Override
    public void onCompleted() {
      heard.complete(WatchResponse.getDefaultInstance());
    }
  }

  /// One question to one endpoint.
  private interface Question<T> {
    T ask(Channel channel);
  }

  /// Asks the endpoints in turn until one answers.
  private <T> T ask(Question<T> question) throws IOException {
    var failures = new ArrayList<String>();
    for (int i = 0; i < channels.size(); i++) {
      ManagedChannel channel = channels.get(current);
      channel.resetConnectBackoff();
      try {
        return question.ask(authenticated(channel));
      } catch (StatusRuntimeException failed) {
        failures.add(place.endpoints().get(current) + ": " + failed.getStatus());
        requireCurable(failed.getStatus());
        turn();
      }
    }
    throw new IOException(String.join("; ", failures));
  }

  private void turn() {
    current = (current + 1) % channels.size();
  }

  /// Some answers will be the same next time.
  private void requireCurable(Status status) {
    if (HOPELESS.contains(status.getCode())) {
      throw configuration(
          "discovery: "
              + place.endpoints().get(current)
              + " refuses to serve "
              + prefix
              + ": "
              + status.getDescription()
              + ": check --discovery-endpoints, --discovery-user and --discovery-password");
    }
  }

  /// The channel with the user's token. Questions are few, so every one has a fresh one.
  private Channel authenticated(ManagedChannel channel) {
    Discovery.Credentials who = place.credentials();
    if (who.user().isEmpty()) {
      return channel;
    }
    var request =
        AuthenticateRequest.newBuilder().setName(who.user()).setPassword(who.password()).build();
    String token;
    try {
      token =
          AuthGrpc.newBlockingStub(channel)
              .withDeadlineAfter(place.patience().request())
              .authenticate(request)
              .getToken();
    } catch (StatusRuntimeException failed) {
      if (String.valueOf(failed.getStatus().getDescription())
          .contains("authentication is not enabled")) {
        return channel;
      }
      throw failed;
    }
    var headers = new Metadata();
    headers.put(TOKEN, token);
    return ClientInterceptors.intercept(
        channel, MetadataUtils.newAttachHeadersInterceptor(headers));
  }

  private KVGrpc.KVBlockingStub kv(Channel channel) {
    return KVGrpc.newBlockingStub(channel).withDeadlineAfter(place.patience().request());
  }

  private String members() {
    return prefix + "/members/";
  }

  /// The first key behind those of the members.
  private String membersEnd() {
    return prefix + "/members0";
  }

  private static ByteString utf8(String text) {
    return ByteString.copyFromUtf8(text);
  }

  @Override
  public void close() {
    channels.forEach(ManagedChannel::shutdownNow);
  }
}
