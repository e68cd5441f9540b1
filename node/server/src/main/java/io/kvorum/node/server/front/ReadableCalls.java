package io.kvorum.node.server.front;

import io.grpc.Attributes;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.SecurityLevel;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerMethodDefinition;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/// Services whose methods never see a request that can't be read: its call ends with etcd's error.
/// Left to gRPC it would be taken for a defect of ours, and each would cost the log a stack trace.
final class ReadableCalls {

  private ReadableCalls() {}

  static ServerServiceDefinition of(ServerServiceDefinition service) {
    var readable = ServerServiceDefinition.builder(service.getServiceDescriptor().getName());
    service.getMethods().forEach(method -> readable.addMethod(readable(method)));
    return readable.build();
  }

  private static <Q, S> ServerMethodDefinition<Read<Q>, S> readable(
      ServerMethodDefinition<Q, S> method) {
    MethodDescriptor<Q, S> own = method.getMethodDescriptor();
    MethodDescriptor<Read<Q>, S> outer =
        own.toBuilder(new Reader<>(own.getRequestMarshaller()), own.getResponseMarshaller())
            .build();
    ServerCallHandler<Q, S> handler = method.getServerCallHandler();
    return ServerMethodDefinition.create(
        outer,
        (call, headers) -> {
          var inner = new Call<>(call, own);
          return new Listener<>(inner, handler.startCall(inner, headers));
        });
  }

  /// A request, or why it is none.
  private sealed interface Read<Q> {
    record Message<Q>(Q message) implements Read<Q> {}

    record Unreadable<Q>(String reason) implements Read<Q> {}
  }

  private record Reader<Q>(MethodDescriptor.Marshaller<Q> own)
      implements MethodDescriptor.Marshaller<Read<Q>> {
    @Override
    public InputStream stream(Read<Q> request) {
      throw new UnsupportedOperationException("requests are read here, not written");
    }

    @Override
    public Read<Q> parse(InputStream bytes) {
      try {
        return new Read.Message<>(own.parse(bytes));
      } catch (RuntimeException unreadable) {
        Throwable cause = unreadable.getCause() == null ? unreadable : unreadable.getCause();
        return new Read.Unreadable<>(String.valueOf(cause.getMessage()));
      }
    }
  }

  /// The call as the handler knows it. What the handler still says when the call has been ended for
  /// it goes nowhere.
  private static final class Call<Q, S> extends ServerCall<Q, S> {
    private final ServerCall<Read<Q>, S> outer;
    private final MethodDescriptor<Q, S> method;
    private volatile boolean ended;

    Call(ServerCall<Read<Q>, S> outer, MethodDescriptor<Q, S> method) {
      this.outer = outer;
      this.method = method;
    }

    @Override
    public void request(int messages) {
      outer.request(messages);
    }

    @Override
    public boolean isReady() {
      return outer.isReady();
    }

    @Override
    public void setOnReadyThreshold(int bytes) {
      outer.setOnReadyThreshold(bytes);
    }

    @Override
    public void setCompression(String compressor) {
      outer.setCompression(compressor);
    }

    @Override
    public void setMessageCompression(boolean enabled) {
      outer.setMessageCompression(enabled);
    }

    @Override
    public Attributes getAttributes() {
      return outer.getAttributes();
    }

    @Override
    public @Nullable String getAuthority() {
      return outer.getAuthority();
    }

    @Override
    public SecurityLevel getSecurityLevel() {
      return outer.getSecurityLevel();
    }

    @Override
    public MethodDescriptor<Q, S> getMethodDescriptor() {
      return method;
    }

    @Override
    public void sendHeaders(Metadata headers) {
      if (!ended) {
        outer.sendHeaders(headers);
      }
    }

    @Override
    public void sendMessage(S message) {
      if (!ended) {
        outer.sendMessage(message);
      }
    }

    @Override
    public void close(Status status, Metadata trailers) {
      if (!ended) {
        outer.close(status, trailers);
      }
    }

    @Override
    public boolean isCancelled() {
      return ended || outer.isCancelled();
    }

    /// etcd's words for a call with one request, and for a stream of them.
    void endUnreadable(String reason) {
      ended = true;
      boolean one = method.getType() == MethodDescriptor.MethodType.UNARY;
      String what =
          one
              ? "grpc: error unmarshalling request: "
              : "grpc: failed to unmarshal the received message ";
      outer.close(Status.INTERNAL.withDescription(what + reason), new Metadata());
    }
  }

  private static final class Listener<Q> extends ServerCall.Listener<Read<Q>> {
    private final Call<Q, ?> call;
    private final ServerCall.Listener<Q> handler;

    Listener(Call<Q, ?> call, ServerCall.Listener<Q> handler) {
      this.call = call;
      this.handler = handler;
    }

    @Override
    public void onMessage(Read<Q> request) {
      if (call.ended) {
        return;
      }
      switch (request) {
        case Read.Message<Q>(Q message) -> handler.onMessage(message);
        case Read.Unreadable<Q>(String reason) -> {
          call.endUnreadable(reason);
          handler.onCancel();
        }
      }
    }

    @Override
    public void onHalfClose() {
      if (!call.ended) {
        handler.onHalfClose();
      }
    }

    @Override
    public void onCancel() {
      if (!call.ended) {
        handler.onCancel();
      }
    }

    @Override
    public void onComplete() {
      if (!call.ended) {
        handler.onComplete();
      }
    }

    @Override
    public void onReady() {
      if (!call.ended) {
        handler.onReady();
      }
    }
  }
}
