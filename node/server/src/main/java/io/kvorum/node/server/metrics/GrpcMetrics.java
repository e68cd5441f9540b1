package io.kvorum.node.server.metrics;

import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerServiceDefinition;
import io.grpc.ServerStreamTracer;
import io.grpc.Status;
import io.prometheus.metrics.core.datapoints.DistributionDataPoint;
import io.prometheus.metrics.core.metrics.CounterWithCallback;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Counts gRPC calls by method and outcome. A call costs one map look-up and a few adders; the
/// registry reads the adders when it is scraped.
public final class GrpcMetrics extends ServerStreamTracer.Factory {

  private static final Metadata.Key<String> CLIENT_VERSION =
      Metadata.Key.of("client-api-version", Metadata.ASCII_STRING_MARSHALLER);
  private static final Pattern VERSION = Pattern.compile("[0-9]{1,3}(\\.[0-9]{1,3}){1,2}");
  private static final int MAX_CLIENT_VERSIONS = 50;

  private static final String[] LABELS = {"grpc_type", "grpc_service", "grpc_method"};
  private static final String[] LABELS_WITH_CODE = {
    "grpc_type", "grpc_service", "grpc_method", "grpc_code"
  };
  private static final double[] SECONDS = {0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10};

  private final Map<String, Method> methods = new ConcurrentHashMap<>();

  /// Calls by type and by the version that clients say they have.
  private final Map<List<String>, LongAdder> clients = new ConcurrentHashMap<>();

  private final LongAdder bytesReceived = new LongAdder();
  private final LongAdder bytesSent = new LongAdder();
  private final @Nullable Histogram handling;

  /// @param extensive whether the time of every call is measured
  public GrpcMetrics(PrometheusRegistry registry, boolean extensive) {
    handling =
        extensive
            ? Histogram.builder()
                .name("grpc_server_handling_seconds")
                .help("Time from the start of a call to its end.")
                .labelNames(LABELS)
                .classicOnly()
                .classicUpperBounds(SECONDS)
                .withoutExemplars()
                .register(registry)
            : null;
    counter(registry, "grpc_server_started_total", "Calls started.", method -> method.started);
    counter(
        registry,
        "grpc_server_msg_received_total",
        "Messages received.",
        method -> method.received);
    counter(registry, "grpc_server_msg_sent_total", "Messages sent.", method -> method.sent);
    CounterWithCallback.builder()
        .name("grpc_server_handled_total")
        .help("Calls completed, by outcome.")
        .labelNames(LABELS_WITH_CODE)
        .callback(callback -> methods.values().forEach(method -> method.handled(callback)))
        .register(registry);
    CounterWithCallback.builder()
        .name("etcd_server_client_requests_total")
        .help("Calls started, by the version of the client.")
        .labelNames("type", "client_api_version")
        .callback(callback ->
            clients.forEach((labels, count) ->
                callback.call(count.doubleValue(), labels.get(0), labels.get(1))))
        .register(registry);
    total(
        registry,
        "etcd_network_client_grpc_received_bytes_total",
        "Bytes received from clients in gRPC messages.",
        bytesReceived);
    total(
        registry,
        "etcd_network_client_grpc_sent_bytes_total",
        "Bytes sent to clients in gRPC messages.",
        bytesSent);
  }

  /// Makes the methods of these services known; calls to others are counted together.
  public void register(List<ServerServiceDefinition> services) {
    for (ServerServiceDefinition service : services) {
      service
          .getMethods()
          .forEach(method -> {
            MethodDescriptor<?, ?> descriptor = method.getMethodDescriptor();
            methods.computeIfAbsent(descriptor.getFullMethodName(), _ -> method(descriptor));
          });
    }
  }

  @Override
  public ServerStreamTracer newServerStreamTracer(String fullMethodName, Metadata headers) {
    Method method = methods.get(fullMethodName);
    if (method == null) {
      return UNKNOWN;
    }
    count(method, headers.get(CLIENT_VERSION));
    return new Call(method);
  }

  /// Clients say what they like, so only what looks like a version is a label, and only so many.
  private void count(Method method, @Nullable String version) {
    boolean known = version != null && VERSION.matcher(version).matches();
    List<String> labels =
        List.of(
            method.labels[0].equals("unary") ? "unary" : "stream",
            known && version != null ? version : "unknown");
    LongAdder count = clients.get(labels);
    if (count == null) {
      boolean full = clients.size() >= MAX_CLIENT_VERSIONS;
      count =
          clients.computeIfAbsent(
              full ? List.of(labels.getFirst(), "unknown") : labels, _ -> new LongAdder());
    }
    count.increment();
  }

  private static final ServerStreamTracer UNKNOWN = new ServerStreamTracer() {};

  private static void counter(
      PrometheusRegistry registry,
      String name,
      String help,
      java.util.function.Function<Method, LongAdder> adder,
      Map<String, Method> methods) {
    CounterWithCallback.builder()
        .name(name)
        .help(help)
        .labelNames(LABELS)
        .callback(callback ->
            methods
                .values()
                .forEach(method -> callback.call(adder.apply(method).doubleValue(), method.labels)))
        .register(registry);
  }

  private void counter(
      PrometheusRegistry registry,
      String name,
      String help,
      java.util.function.Function<Method, LongAdder> adder) {
    counter(registry, name, help, adder, methods);
  }

  private static void total(
      PrometheusRegistry registry, String name, String help, LongAdder adder) {
    CounterWithCallback.builder()
        .name(name)
        .help(help)
        .callback(callback -> callback.call(adder.doubleValue()))
        .register(registry);
  }

  private Method method(MethodDescriptor<?, ?> descriptor) {
    String[] labels = {
      switch (descriptor.getType()) {
        case UNARY, UNKNOWN -> "unary";
        case CLIENT_STREAMING -> "client_stream";
        case SERVER_STREAMING -> "server_stream";
        case BIDI_STREAMING -> "bidi_stream";
      },
      String.valueOf(descriptor.getServiceName()),
      String.valueOf(descriptor.getBareMethodName())
    };
    return new Method(labels, handling == null ? null : handling.labelValues(labels));
  }

  /// The counts of one method.
  private static final class Method {
    private final String[] labels;
    private final @Nullable DistributionDataPoint seconds;
    private final LongAdder started = new LongAdder();
    private final LongAdder received = new LongAdder();
    private final LongAdder sent = new LongAdder();
    private final LongAdder[] handled = new LongAdder[Status.Code.values().length];

    Method(String[] labels, @Nullable DistributionDataPoint seconds) {
      this.labels = labels;
      this.seconds = seconds;
      for (int i = 0; i < handled.length; i++) {
        handled[i] = new LongAdder();
      }
    }

    void handled(CounterWithCallback.Callback callback) {
      for (Status.Code code : Status.Code.values()) {
        long count = handled[code.value()].sum();
        if (count > 0 || code == Status.Code.OK) {
          callback.call((double) count, labels[0], labels[1], labels[2], goName(code));
        }
      }
    }

    /// The names that Go gives the codes, which dashboards and alerts look for.
    private static String goName(Status.Code code) {
      return switch (code) {
        case OK -> "OK";
        case CANCELLED -> "Canceled";
        case UNKNOWN -> "Unknown";
        case INVALID_ARGUMENT -> "InvalidArgument";
        case DEADLINE_EXCEEDED -> "DeadlineExceeded";
        case NOT_FOUND -> "NotFound";
        case ALREADY_EXISTS -> "AlreadyExists";
        case PERMISSION_DENIED -> "PermissionDenied";
        case RESOURCE_EXHAUSTED -> "ResourceExhausted";
        case FAILED_PRECONDITION -> "FailedPrecondition";
        case ABORTED -> "Aborted";
        case OUT_OF_RANGE -> "OutOfRange";
        case UNIMPLEMENTED -> "Unimplemented";
        case INTERNAL -> "Internal";
        case UNAVAILABLE -> "Unavailable";
        case DATA_LOSS -> "DataLoss";
        case UNAUTHENTICATED -> "Unauthenticated";
      };
    }
  }

  /// One call.
  private final class Call extends ServerStreamTracer {
    private final Method method;
    private final long startNanos;

    Call(Method method) {
      this.method = method;
      this.startNanos = method.seconds == null ? 0 : System.nanoTime();
      method.started.increment();
    }

    @Override
    public void inboundMessage(int sequence) {
      method.received.increment();
    }

    @Override
    public void outboundMessage(int sequence) {
      method.sent.increment();
    }

    @Override
    public void inboundWireSize(long bytes) {
      bytesReceived.add(bytes);
    }

    @Override
    public void outboundWireSize(long bytes) {
      bytesSent.add(bytes);
    }

    @Override
    public void streamClosed(Status status) {
      method.handled[status.getCode().value()].increment();
      if (method.seconds != null) {
        method.seconds.observe((System.nanoTime() - startNanos) / 1e9);
      }
    }
  }
}
