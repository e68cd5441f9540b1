package io.kvorum.node.server.grpcproxy;

import com.google.protobuf.ByteString;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.kvorum.node.proto.etcd.AlarmMember;
import io.kvorum.node.proto.etcd.AlarmRequest;
import io.kvorum.node.proto.etcd.AlarmResponse;
import io.kvorum.node.proto.etcd.KVGrpc;
import io.kvorum.node.proto.etcd.MaintenanceGrpc;
import io.kvorum.node.proto.etcd.RangeRequest;
import io.kvorum.node.proto.etcd.WatchCreateRequest;
import io.kvorum.node.proto.etcd.WatchGrpc;
import io.kvorum.node.proto.etcd.WatchRequest;
import io.kvorum.node.server.config.RelayConfig;
import io.kvorum.node.server.http.HttpAnswer;
import io.kvorum.node.server.http.HttpCall;
import io.kvorum.node.server.http.HttpPages;
import io.kvorum.node.server.http.JsonText;
import io.kvorum.node.server.metrics.MetricsText;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/// The pages of a proxy: `/health`, `/metrics` and `/version` of the members, `/proxy/health` and
/// `/proxy/metrics` of its own.
final class ProxyPages implements HttpPages {

  /// How long members may take to prove that they serve.
  private static final long PATIENCE_SECONDS = 5;

  private static final ByteString KEY = ByteString.copyFromUtf8("health");

  private final Channel channel;
  private final MemberPages members;
  private final MetricsText metrics;

  ProxyPages(Upstream upstream, RelayConfig.Dialling dialling, MetricsText metrics) {
    this.channel = upstream.channel();
    this.members = new MemberPages(upstream.members()::endpoints, upstream.isSecure(), dialling);
    this.metrics = metrics;
  }

  @Override
  public CompletableFuture<HttpAnswer> answer(HttpCall call) {
    return switch (call.path()) {
      case "/health" -> onlyGet(call, this::health);
      case "/proxy/health" -> onlyGet(call, this::proxyHealth);
      case "/metrics", "/version" -> onlyGet(call, () -> members.fetch(call.path()));
      case "/proxy/metrics" -> onlyGet(call, () -> CompletableFuture.completedFuture(own(call)));
      case String _ -> CompletableFuture.completedFuture(HttpAnswer.notFound());
    };
  }

  private static CompletableFuture<HttpAnswer> onlyGet(
      HttpCall call, Supplier<CompletableFuture<HttpAnswer>> answer) {
    return call.method().equals("GET")
        ? answer.get()
        : CompletableFuture.completedFuture(HttpAnswer.methodNotAllowed("GET"));
  }

  private HttpAnswer own(HttpCall call) {
    MetricsText.Page page = metrics.scrape(call.header("accept"));
    return HttpAnswer.ok(page.contentType(), page.body());
  }

  private CompletableFuture<HttpAnswer> health() {
    return read().thenCompose(_ -> alarm()).handle(ProxyPages::rendered);
  }

  private CompletableFuture<HttpAnswer> proxyHealth() {
    return read()
        .thenCompose(_ -> alarm())
        .thenCompose(alarm -> watch().thenApply(_ -> alarm))
        .handle(ProxyPages::rendered);
  }

  /// @param alarm empty: there is none
  private static HttpAnswer rendered(String alarm, Throwable failure) {
    if (failure == null && alarm.isEmpty()) {
      return HttpAnswer.ok(HttpAnswer.TEXT, "{\"health\":\"true\",\"reason\":\"\"}");
    }
    Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
    String reason =
        cause == null
            ? alarm
            : cause instanceof StatusRuntimeException refused
                ? "RANGE ERROR:" + refused.getStatus().getDescription()
                : String.valueOf(cause.getMessage());
    return HttpAnswer.of(
        503,
        HttpAnswer.TEXT,
        ByteString.copyFromUtf8(
            "{\"health\":\"false\",\"reason\":" + JsonText.quote(reason) + "}"));
  }

  /// A read as a client does it. Who is refused by name has been answered by a quorum's rules, and
  /// that is what was asked.
  private CompletableFuture<Void> read() {
    return first(
            KVGrpc.getRangeMethod(),
            RangeRequest.newBuilder().setKey(KEY).setKeysOnly(true).setLimit(1).build())
        .handle((_, failure) -> {
          if (failure instanceof StatusRuntimeException status && !isRefused(status)) {
            throw status;
          }
          return null;
        });
  }

  /// The alarm that is raised; empty if there is none, or nobody may know.
  private CompletableFuture<String> alarm() {
    return first(MaintenanceGrpc.getAlarmMethod(), AlarmRequest.getDefaultInstance())
        .handle((AlarmResponse answer, Throwable failure) -> {
          if (failure != null) {
            return "";
          }
          for (AlarmMember alarm : answer.getAlarmsList()) {
            return "ALARM " + alarm.getAlarm();
          }
          return "";
        });
  }

  private CompletableFuture<Void> watch() {
    WatchCreateRequest created = WatchCreateRequest.newBuilder().setKey(KEY).build();
    return first(
            WatchGrpc.getWatchMethod(), WatchRequest.newBuilder().setCreateRequest(created).build())
        .thenApply(_ -> null);
  }

  private static boolean isRefused(StatusRuntimeException failure) {
    return switch (failure.getStatus().getCode()) {
      case PERMISSION_DENIED, UNAUTHENTICATED, INVALID_ARGUMENT -> true;
      default -> false;
    };
  }

  /// The first answer to a request; what would come behind it is not waited for.
  private <Q, S> CompletableFuture<S> first(MethodDescriptor<Q, S> method, Q request) {
    var answer = new CompletableFuture<S>();
    ClientCall<Q, S> call =
        channel.newCall(
            method, CallOptions.DEFAULT.withDeadlineAfter(PATIENCE_SECONDS, TimeUnit.SECONDS));
    call.start(
        new ClientCall.Listener<>() {
          @Override
          public void onMessage(S message) {
            answer.complete(message);
            if (method.getType() == MethodDescriptor.MethodType.BIDI_STREAMING) {
              call.cancel("it was answered", null);
            }
          }

          @Override
          public void onClose(Status status, Metadata trailers) {
            answer.completeExceptionally(status.asRuntimeException());
          }
        },
        new Metadata());
    call.request(2);
    call.sendMessage(request);
    if (method.getType() == MethodDescriptor.MethodType.UNARY) {
      call.halfClose();
    }
    return answer;
  }
}
