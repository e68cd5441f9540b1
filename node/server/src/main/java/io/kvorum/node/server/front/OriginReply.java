package io.kvorum.node.server.front;

import com.google.protobuf.ByteString;
import io.kvorum.node.server.http.HttpAnswer;
import io.kvorum.node.server.http.HttpReply;
import io.netty.util.concurrent.EventExecutor;
import java.util.List;
import java.util.Map;

/// A reply that tells browsers which pages of others may read it.
record OriginReply(HttpReply reply, List<Map.Entry<String, String>> headers) implements HttpReply {

  @Override
  public EventExecutor loop() {
    return reply.loop();
  }

  @Override
  public void readMore() {
    reply.readMore();
  }

  @Override
  public void bodyWithin(long millis) {
    reply.bodyWithin(millis);
  }

  @Override
  public void answer(HttpAnswer answer) {
    reply.answer(answer.with(headers));
  }

  @Override
  public void begin(HttpAnswer head) {
    reply.begin(head.with(headers));
  }

  @Override
  public void write(ByteString piece, Runnable written) {
    reply.write(piece, written);
  }

  @Override
  public void end() {
    reply.end();
  }
}
