package io.kvorum.node.server.gateway;

import com.google.protobuf.ByteString;
import io.grpc.Status;
import io.kvorum.node.server.http.HttpAnswer;
import io.netty.handler.codec.http.HttpResponseStatus;

/// How a gRPC status looks over HTTP. Members of the bodies are those of every etcd since 3.4, so
/// that clients made for either form find theirs.
final class Failures {

  private Failures() {}

  /// The answer to a call that failed before anything was sent.
  static HttpAnswer answer(Status status) {
    String text = MessageWriter.quoted(text(status));
    return HttpAnswer.of(
        httpStatus(status.getCode()),
        HttpAnswer.JSON,
        "{\"error\":%s,\"message\":%s,\"code\":%d}"
            .formatted(text, text, status.getCode().value()));
  }

  /// The last line of a stream that failed.
  static ByteString line(Status status) {
    int code = httpStatus(status.getCode());
    return ByteString.copyFromUtf8(
        "{\"error\":{\"grpc_code\":%d,\"http_code\":%d,\"message\":%s,\"http_status\":%s,\"code\":%d}}\n"
            .formatted(
                status.getCode().value(),
                code,
                MessageWriter.quoted(text(status)),
                MessageWriter.quoted(HttpResponseStatus.valueOf(code).reasonPhrase()),
                status.getCode().value()));
  }

  private static String text(Status status) {
    return status.getDescription() == null ? "" : status.getDescription();
  }

  static int httpStatus(Status.Code code) {
    return switch (code) {
      case OK -> 200;
      case CANCELLED -> 499;
      case INVALID_ARGUMENT, FAILED_PRECONDITION, OUT_OF_RANGE -> 400;
      case UNAUTHENTICATED -> 401;
      case PERMISSION_DENIED -> 403;
      case NOT_FOUND -> 404;
      case ALREADY_EXISTS, ABORTED -> 409;
      case RESOURCE_EXHAUSTED -> 429;
      case UNIMPLEMENTED -> 501;
      case UNAVAILABLE -> 503;
      case DEADLINE_EXCEEDED -> 504;
      case UNKNOWN, INTERNAL, DATA_LOSS -> 500;
    };
  }
}
