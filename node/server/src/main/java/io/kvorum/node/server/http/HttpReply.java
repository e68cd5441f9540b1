package io.kvorum.node.server.http;

import com.google.protobuf.ByteString;
import io.netty.util.concurrent.EventExecutor;

/// The way back to the client of one request; used on its event loop alone.
public interface HttpReply {
  EventExecutor loop();

  /// Asks for the next piece of the body, or its end. Nothing is read from the client before.
  void readMore();

  /// How long the rest of the body may take from now on; 0 means for ever.
  void bodyWithin(long millis);

  /// Answers at once and whole. The rest of the body, if any, is read away or cut off.
  void answer(HttpAnswer answer);

  /// Begins an answer whose body comes in pieces: status and headers leave at once, the body of
  /// `head` does not count.
  void begin(HttpAnswer head);

  /// Writes a piece and tells when it has left.
  void write(ByteString piece, Runnable written);

  /// Ends the answer that was begun.
  void end();
}
