package io.kvorum.node.server.peer;

import io.grpc.HandlerRegistry;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.ServerMethodDefinition;
import io.grpc.Status;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Tells clients that have come to the port for members where they should have gone.
final class NoClients extends HandlerRegistry {

  private static final List<String> SERVICES =
      List.of("etcdserverpb.", "v3lockpb.", "v3electionpb.");
  private static final Status ELSEWHERE =
      Status.UNIMPLEMENTED.withDescription(
          "this port is for members (--listen-peer-urls), which serve clients on another one"
              + " (--listen-client-urls)");

  /// Requests are not read.
  private static final MethodDescriptor.Marshaller<Object> UNREAD =
      new MethodDescriptor.Marshaller<>() {
        @Override
        public InputStream stream(Object value) {
          return new ByteArrayInputStream(new byte[0]);
        }

        @Override
        public Object parse(InputStream stream) {
          return stream;
        }
      };

  @Override
  public @Nullable ServerMethodDefinition<?, ?> lookupMethod(
      String method, @Nullable String authority) {
    if (SERVICES.stream().noneMatch(method::startsWith)) {
      return null;
    }
    MethodDescriptor<Object, Object> descriptor =
        MethodDescriptor.newBuilder(UNREAD, UNREAD)
            .setType(MethodDescriptor.MethodType.BIDI_STREAMING)
            .setFullMethodName(method)
            .build();
    return ServerMethodDefinition.create(
        descriptor,
        (call, headers) -> {
          call.close(ELSEWHERE, new Metadata());
          return new ServerCall.Listener<>() {};
        });
  }
}
