package io.kvorum.node.server.api;

import com.google.protobuf.ByteString;
import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.InternalMetadata;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import java.util.Set;

/// What every call passes before its handler: a learner serves little, a client may insist on a
/// leader, and what it says of itself must be text.
public final class CallGate implements ServerInterceptor {
  /// Whether the client of a call wants no service without a leader.
  static final Context.Key<Boolean> LEADER_REQUIRED =
      Context.keyWithDefault("leader-required", false);

  private static final Metadata.Key<String> HAS_LEADER =
      Metadata.Key.of("hasleader", Metadata.ASCII_STRING_MARSHALLER);

  /// Whether the version that a client says it has is UTF-8. Only the bytes tell.
  private static final Metadata.Key<Boolean> VERSION_IS_TEXT =
      InternalMetadata.keyOf(
          "client-api-version",
          new InternalMetadata.TrustedAsciiMarshaller<Boolean>() {
            @Override
            public byte[] toAsciiString(Boolean value) {
              throw new UnsupportedOperationException();
            }

            @Override
            public Boolean parseAsciiString(byte[] serialized) {
              return ByteString.copyFrom(serialized).isValidUtf8();
            }
          });

  /// What a learner serves. Of ranges only the serializable ones: their handler knows.
  private static final Set<String> SERVED_BY_LEARNERS =
      Set.of(
          "etcdserverpb.KV/Range",
          "etcdserverpb.KV/RangeStream",
          "etcdserverpb.Maintenance/Status",
          "etcdserverpb.Maintenance/Snapshot",
          "grpc.health.v1.Health/Check",
          "grpc.health.v1.Health/Watch");

  private final Backend backend;

  public CallGate(Backend backend) {
    this.backend = backend;
  }

  @Override
  public <Q, S> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, S> call, Metadata headers, ServerCallHandler<Q, S> next) {
    var method = call.getMethodDescriptor();
    if (backend.isLearner() && !SERVED_BY_LEARNERS.contains(method.getFullMethodName())) {
      return refused(call, ApiError.LEARNER_CANNOT_SERVE);
    }
    if (!saysItsVersionInText(headers)) {
      return refused(call, ApiError.INVALID_CLIENT_API_VERSION);
    }
    boolean leaderRequired = "true".equals(headers.get(HAS_LEADER));
    if (!leaderRequired) {
      return next.startCall(call, headers);
    }
    if (backend.leader().memberId() == 0) {
      return refused(call, ApiError.NO_LEADER);
    }
    return method.getType() == MethodDescriptor.MethodType.UNARY
        ? next.startCall(call, headers)
        : Contexts.interceptCall(
            Context.current().withValue(LEADER_REQUIRED, true), call, headers, next);
  }

  static boolean saysItsVersionInText(Metadata headers) {
    return !Boolean.FALSE.equals(headers.get(VERSION_IS_TEXT));
  }

  private static <Q, S> ServerCall.Listener<Q> refused(ServerCall<Q, S> call, ApiError error) {
    call.close(error.status(), new Metadata());
    return new ServerCall.Listener<>() {};
  }
}
