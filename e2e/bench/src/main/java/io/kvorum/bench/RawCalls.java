package io.kvorum.bench;

import io.grpc.Drainable;
import io.grpc.KnownLength;
import io.grpc.MethodDescriptor;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;

/// Calls whose messages stay bytes.
final class RawCalls {

  private RawCalls() {}

  /// A call of which only the response's length is told.
  static MethodDescriptor<byte[], Integer> unary(MethodDescriptor<?, ?> method) {
    return MethodDescriptor.<byte[], Integer>newBuilder()
        .setType(MethodDescriptor.MethodType.UNARY)
        .setFullMethodName(method.getFullMethodName())
        .setRequestMarshaller(new BytesMarshaller())
        .setResponseMarshaller(new LengthMarshaller())
        .build();
  }

  /// A stream in both directions.
  static MethodDescriptor<byte[], byte[]> stream(MethodDescriptor<?, ?> method) {
    return MethodDescriptor.<byte[], byte[]>newBuilder()
        .setType(MethodDescriptor.MethodType.BIDI_STREAMING)
        .setFullMethodName(method.getFullMethodName())
        .setRequestMarshaller(new BytesMarshaller())
        .setResponseMarshaller(new BytesMarshaller())
        .build();
  }

  private static final class BytesMarshaller implements MethodDescriptor.Marshaller<byte[]> {
    @Override
    public InputStream stream(byte[] value) {
      return new Bytes(value);
    }

    @Override
    public byte[] parse(InputStream stream) {
      try {
        var bytes = new byte[stream.available()];
        stream.readNBytes(bytes, 0, bytes.length);
        return bytes;
      } catch (IOException e) {
        throw new UncheckedIOException("cannot read a response", e);
      }
    }
  }

  private static final class LengthMarshaller implements MethodDescriptor.Marshaller<Integer> {
    @Override
    public InputStream stream(Integer value) {
      throw new UnsupportedOperationException("responses are only received");
    }

    @Override
    public Integer parse(InputStream stream) {
      try {
        return stream.available();
      } catch (IOException e) {
        throw new UncheckedIOException("cannot read a response", e);
      }
    }
  }

  private static final class Bytes extends ByteArrayInputStream implements KnownLength, Drainable {
    Bytes(byte[] bytes) {
      super(bytes);
    }

    @Override
    public int drainTo(OutputStream target) throws IOException {
      int length = available();
      target.write(buf, pos, length);
      pos = count;
      return length;
    }
  }
}
