package io.kvorum.node.server.grpcproxy;

import io.grpc.Drainable;
import io.grpc.KnownLength;
import io.grpc.MethodDescriptor;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;

/// A message as it travels, unread: what many get the same of, and what stands behind it for one.
/// Fields of a message may come in any order, and of a field that comes twice the last one counts.
@SuppressWarnings("ArrayRecordComponent") // shared by many, and changed by nobody
record Frame(byte[] body, byte[] tail) {

  private static final byte[] NOTHING = {};

  /// How gRPC reads and writes messages that nobody looks into.
  static final MethodDescriptor.Marshaller<Frame> MARSHALLER = new Marshaller();

  static Frame of(byte[] bytes) {
    return new Frame(bytes, NOTHING);
  }

  int length() {
    return body.length + tail.length;
  }

  private static final class Marshaller implements MethodDescriptor.Marshaller<Frame> {
    @Override
    public InputStream stream(Frame frame) {
      return new Stream(frame);
    }

    @Override
    public Frame parse(InputStream stream) {
      try {
        return of(stream.readAllBytes());
      } catch (IOException e) {
        throw new UncheckedIOException("reading from memory failed", e);
      }
    }
  }

  /// What gRPC takes a message from: in one go where it can.
  private static final class Stream extends InputStream implements KnownLength, Drainable {
    private final Frame frame;
    private final ByteArrayInputStream body;
    private final ByteArrayInputStream tail;

    Stream(Frame frame) {
      this.frame = frame;
      this.body = new ByteArrayInputStream(frame.body);
      this.tail = new ByteArrayInputStream(frame.tail);
    }

    @Override
    public int available() {
      return body.available() + tail.available();
    }

    @Override
    public int read() {
      int next = body.read();
      return next >= 0 ? next : tail.read();
    }

    @Override
    public int read(byte[] into, int at, int length) {
      int read = body.read(into, at, length);
      return read >= 0 ? read : tail.read(into, at, length);
    }

    @Override
    public int drainTo(OutputStream target) throws IOException {
      target.write(frame.body);
      target.write(frame.tail);
      body.skip(frame.body.length);
      tail.skip(frame.tail.length);
      return frame.length();
    }
  }
}
