package io.kvorum.node.server.gateway;

import io.grpc.InternalMetadata;
import io.grpc.Metadata;
import io.grpc.ServerMethodDefinition;
import io.grpc.ServerServiceDefinition;
import io.grpc.ServerStreamTracer;
import io.grpc.Status;
import io.kvorum.node.server.http.HttpAnswer;
import io.kvorum.node.server.http.HttpCall;
import io.kvorum.node.server.http.HttpPages;
import io.kvorum.node.server.http.UploadRoom;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The services of a member as JSON: a POST to a method's path becomes a call of the very handlers
/// and interceptors that serve gRPC, in the connection's own event loop.
public final class Gateway {

  /// Headers with this prefix become the metadata behind it.
  private static final String METADATA_PREFIX = "grpc-metadata-";

  /// A share of the heap for bodies that are under way: each costs a few times its length while it
  /// is read and proposed.
  private static final int HEAP_SHARE = 16;

  private final Map<String, ServerMethodDefinition<?, ?>> methods = new HashMap<>();
  private final GatewayCall.Limits limits;
  private final ServerStreamTracer.Factory tracers;

  /// @param maxMessageBytes what gRPC takes at most as a message
  public Gateway(
      List<ServerServiceDefinition> services,
      ServerStreamTracer.Factory tracers,
      int maxMessageBytes) {
    for (ServerServiceDefinition service : services) {
      for (ServerMethodDefinition<?, ?> method : service.getMethods()) {
        methods.put(method.getMethodDescriptor().getFullMethodName(), method);
      }
    }
    this.tracers = tracers;
    // Base64 makes four bytes of three; the rest is for names and blanks.
    int maxBodyBytes = Math.toIntExact(Math.min(2L * maxMessageBytes, Integer.MAX_VALUE - 8));
    long room = Math.max(Runtime.getRuntime().maxMemory() / HEAP_SHARE, maxBodyBytes);
    this.limits = new GatewayCall.Limits(maxMessageBytes, maxBodyBytes, new UploadRoom(room));
  }

  /// Whether a path is the gateway's.
  public static boolean isUnder(String path) {
    return Routes.isUnder(path);
  }

  /// Who answers the request; null if no method does, and [#refusal] says why.
  public HttpPages.@Nullable Talker talker(HttpCall call) {
    String name = Routes.method(call.path());
    ServerMethodDefinition<?, ?> method = name == null ? null : methods.get(name);
    return method == null || !call.method().equals("POST") ? null : talker(method, call);
  }

  private <Q, S> HttpPages.Talker talker(ServerMethodDefinition<Q, S> method, HttpCall call) {
    Patience patience = Patience.of(call.header("grpc-timeout"));
    return reply -> {
      Metadata metadata = metadata(call);
      ServerStreamTracer tracer =
          tracers.newServerStreamTracer(method.getMethodDescriptor().getFullMethodName(), metadata);
      return new GatewayCall<>(
          method,
          new GatewayCall.Request(metadata, call.header("host"), patience),
          limits,
          tracer,
          reply);
    };
  }

  /// The answer to a request that calls no method of this member.
  public HttpAnswer refusal(HttpCall call) {
    String name = Routes.method(call.path());
    if (name == null) {
      return Failures.answer(Status.NOT_FOUND.withDescription("Not Found"));
    }
    if (!call.method().equals("POST")) {
      HttpAnswer answer =
          Failures.answer(Status.UNIMPLEMENTED.withDescription("Method Not Allowed"));
      return HttpAnswer.of(405, answer.contentType(), answer.body())
          .with(List.of(Map.entry("allow", "POST")));
    }
    return Failures.answer(
        Status.UNIMPLEMENTED.withDescription(
            "unknown service " + name.substring(0, name.indexOf('/'))));
  }

  /// What a gRPC client would have sent. `grpcgateway-accept` marks a call as the gateway's: a
  /// certificate does not name its user.
  private static Metadata metadata(HttpCall call) {
    var pairs = new ArrayList<byte[]>();
    add(pairs, "grpcgateway-accept", call.header("accept"));
    add(pairs, "authorization", call.header("authorization"));
    call.headers()
        .forEach((name, value) -> {
          if (name.startsWith(METADATA_PREFIX) && !name.endsWith("-bin")) {
            add(pairs, name.substring(METADATA_PREFIX.length()), value);
          }
        });
    return InternalMetadata.newMetadata(pairs.toArray(byte[][]::new));
  }

  private static void add(List<byte[]> pairs, String name, String value) {
    boolean marker = name.equals("grpcgateway-accept");
    if (!name.isEmpty() && (marker || !value.isEmpty())) {
      pairs.add(name.getBytes(StandardCharsets.US_ASCII));
      pairs.add(value.getBytes(StandardCharsets.ISO_8859_1));
    }
  }
}
