package io.kvorum.node.server.grpcproxy;

import io.grpc.Drainable;
import io.grpc.KnownLength;
import io.grpc.MethodDescriptor;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.SequenceInputStream;
import java.io.UncheckedIOException;

/// A message as it travels, unread. Many may get the same one, but for a piece in the middle.
///
/// @param cut where the piece begins
/// @param piece what stands there instead of what the bytes have up to `rest`
@SuppressWarnings("ArrayRecordComponent") // shared by many, and changed by nobody
record Frame(byte[] bytes, int cut, byte[] piece, int rest) {

  static final byte[] NOTHING = {};

  /// How gRPC reads and writes messages that nobody looks into.
  static final MethodDescriptor.Marshaller<Frame> MARSHALLER = new Marshaller();

  static Frame of(byte[] bytes) {
    return new Frame(bytes, bytes.length, NOTHING, bytes.length);
  }

  int length() {
    return cut + piece.length + bytes.length - rest;
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
    private final InputStream parts;
    private int left;

    Stream(Frame frame) {
      this.frame = frame;
      this.left = frame.length();
      this.parts =
          new SequenceInputStream(
              new SequenceInputStream(
                  new ByteArrayInputStream(frame.bytes, 0, frame.cut),
                  new ByteArrayInputStream(frame.piece)),
              new ByteArrayInputStream(frame.bytes, frame.rest, frame.bytes.length - frame.rest));
    }

    @Override
    public int available() {
      return left;
    }

    @Override
    public int read() throws IOException {
      int next = parts.read();
      left -= next >= 0 ? 1 : 0;
      return next;
    }

    @Override
    public int read(byte[] into, int at, int length) throws IOException {
      int read = parts.read(into, at, length);
      left -= Math.max(0, read);
      return read;
    }

    @Override
    public int drainTo(OutputStream target) throws IOException {
      target.write(frame.bytes, 0, frame.cut);
      target.write(frame.piece);
      target.write(frame.bytes, frame.rest, frame.bytes.length - frame.rest);
      left = 0;
      return frame.length();
    }
  }
}
