package io.kvorum.node.server.grpcproxy;

import com.google.protobuf.InvalidProtocolBufferException;
import org.jspecify.annotations.Nullable;

/// What the proxy does to the messages of one call on their way.
interface Rewriting {

  /// The messages go as they come.
  Rewriting NONE = new Rewriting() {};

  /// The request as the members are to see it.
  ///
  /// @throws InvalidProtocolBufferException when it is none
  default Frame request(Frame request) throws InvalidProtocolBufferException {
    return request;
  }

  /// The answer that the proxy has itself, and no member is asked for; null: it has none. Called
  /// after [#request], with what that was given.
  default @Nullable Frame answer() {
    return null;
  }

  /// A member's answer as the client is to see it.
  default Frame response(Frame response) throws InvalidProtocolBufferException {
    return response;
  }
}
