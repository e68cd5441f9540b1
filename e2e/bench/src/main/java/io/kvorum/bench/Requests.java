package io.kvorum.bench;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import io.grpc.Drainable;
import io.grpc.KnownLength;
import io.grpc.MethodDescriptor;
import io.kvorum.node.proto.etcd.KVGrpc;
import io.kvorum.node.proto.etcd.PutRequest;
import io.kvorum.node.proto.etcd.RangeRequest;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.Random;

/// One kind of call and the bytes of its requests. To leave the machine to the servers, a request
/// is encoded once and only its key replaced, and of a response only the length is looked at.
///
/// @param minResponseBytes a shorter response means that the wanted key was not there
@SuppressWarnings("ArrayRecordComponent") // the template is never changed, only cloned
record Requests(
    MethodDescriptor<byte[], Integer> method,
    byte[] template,
    int keyOffset,
    Keys keys,
    int minResponseBytes) {

  /// Puts of one random value.
  static Requests put(Keys keys, int valueBytes) {
    byte[] value = new byte[valueBytes];
    new Random(1).nextBytes(value);
    var request =
        PutRequest.newBuilder().setKey(blankKey(keys)).setValue(ByteString.copyFrom(value));
    byte[] template = request.build().toByteArray();
    return new Requests(raw(KVGrpc.getPutMethod()), template, keyOffset(keys), keys, 0);
  }

  /// Reads of single keys, each of which must exist.
  static Requests range(Keys keys, boolean serializable) {
    var request = RangeRequest.newBuilder().setKey(blankKey(keys)).setSerializable(serializable);
    byte[] template = request.build().toByteArray();
    return new Requests(
        raw(KVGrpc.getRangeMethod()), template, keyOffset(keys), keys, 2 * keys.size());
  }

  byte[] request(long keyNumber) {
    byte[] request = template.clone();
    keys.write(keyNumber, request, keyOffset);
    return request;
  }

  private static ByteString blankKey(Keys keys) {
    return ByteString.copyFrom(new byte[keys.size()]);
  }

  /// The key is the first field of both requests: a tag, its length, its bytes.
  private static int keyOffset(Keys keys) {
    return 1 + CodedOutputStream.computeUInt32SizeNoTag(keys.size());
  }

  private static MethodDescriptor<byte[], Integer> raw(MethodDescriptor<?, ?> method) {
    return MethodDescriptor.<byte[], Integer>newBuilder()
        .setType(MethodDescriptor.MethodType.UNARY)
        .setFullMethodName(method.getFullMethodName())
        .setRequestMarshaller(new BytesMarshaller())
        .setResponseMarshaller(new LengthMarshaller())
        .build();
  }

  private static final class BytesMarshaller implements MethodDescriptor.Marshaller<byte[]> {
    @Override
    public InputStream stream(byte[] value) {
      return new Bytes(value);
    }

    @Override
    public byte[] parse(InputStream stream) {
      throw new UnsupportedOperationException("requests are only sent");
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
