package io.kvorum.bench;

import com.google.protobuf.ByteString;
import com.google.protobuf.MessageLite;
import io.grpc.MethodDescriptor;
import io.kvorum.node.proto.etcd.Compare;
import io.kvorum.node.proto.etcd.KVGrpc;
import io.kvorum.node.proto.etcd.PutRequest;
import io.kvorum.node.proto.etcd.RangeRequest;
import io.kvorum.node.proto.etcd.RequestOp;
import io.kvorum.node.proto.etcd.TxnRequest;
import java.util.Arrays;
import java.util.Random;
import java.util.function.Function;
import java.util.function.LongConsumer;
import java.util.stream.IntStream;

/// One kind of call and the bytes of its requests. To leave the machine to the servers, a request
/// is encoded once and only its keys replaced, and of a response only the length is looked at.
///
/// @param template the request with blank keys
/// @param slots where the keys stand in it
/// @param stampOffset where eight bytes take the moment of sending; -1 for nowhere
/// @param minResponseBytes a shorter response means that a wanted key was not there
/// @param answered is told the key of each request that succeeded
@SuppressWarnings("ArrayRecordComponent") // the template and the slots are never changed
record Requests(
    String name,
    MethodDescriptor<byte[], Integer> method,
    byte[] template,
    Slot[] slots,
    Keys keys,
    int stampOffset,
    int minResponseBytes,
    LongConsumer answered) {

  /// One place for a key.
  ///
  /// @param distance how far its key lies behind the request's first one in the key space
  private record Slot(int offset, int distance) {}

  /// In etcd's API a version is at least 0, and that of a key that does not exist is 0.
  private static final long LESS_THAN_ANY_VERSION = -1;

  /// Puts of one random value.
  static Requests put(Keys keys, int valueBytes) {
    return of(
        "put",
        KVGrpc.getPutMethod(),
        keys,
        key -> PutRequest.newBuilder().setKey(key.at(0)).setValue(value(valueBytes)).build());
  }

  /// Puts whose values begin with the moment of sending, as [System#nanoTime] has it.
  static Requests stampedPut(Keys keys, int valueBytes, LongConsumer answered) {
    if (valueBytes < Long.BYTES) {
      throw new IllegalArgumentException(
          "--val-size is %d; the moment of the put needs %d bytes"
              .formatted(valueBytes, Long.BYTES));
    }
    Requests put = put(keys, valueBytes);
    // The value is the last field of the request.
    int stamp = put.template.length - valueBytes;
    return new Requests(put.name, put.method, put.template, put.slots, keys, stamp, 0, answered);
  }

  /// Reads of single keys, each of which must exist.
  static Requests range(Keys keys, boolean serializable) {
    return of(
            "range",
            KVGrpc.getRangeMethod(),
            keys,
            key ->
                RangeRequest.newBuilder().setKey(key.at(0)).setSerializable(serializable).build())
        .withMinResponseBytes(2 * keys.size());
  }

  /// Transactions that put so many keys.
  static Requests putTxn(Keys keys, int operations, int valueBytes) {
    return of(
        "put txn",
        KVGrpc.getTxnMethod(),
        keys,
        key -> {
          var txn = TxnRequest.newBuilder();
          for (int i = 0; i < operations; i++) {
            txn.addSuccess(putOp(key.at(i), valueBytes));
          }
          return txn.build();
        });
  }

  /// Transactions that read so many keys, each of which must exist.
  static Requests rangeTxn(Keys keys, int operations, boolean serializable) {
    return of(
            "range txn",
            KVGrpc.getTxnMethod(),
            keys,
            key -> {
              var txn = TxnRequest.newBuilder();
              for (int i = 0; i < operations; i++) {
                var range =
                    RangeRequest.newBuilder().setKey(key.at(i)).setSerializable(serializable);
                txn.addSuccess(RequestOp.newBuilder().setRequestRange(range));
              }
              return txn.build();
            })
        .withMinResponseBytes(2 * keys.size() * operations);
  }

  /// Transactions that compare so many keys and then put them; the comparison holds.
  static Requests compareTxn(Keys keys, int operations, int valueBytes) {
    return of(
        "compare txn",
        KVGrpc.getTxnMethod(),
        keys,
        key -> {
          var txn = TxnRequest.newBuilder();
          for (int i = 0; i < operations; i++) {
            txn.addCompare(
                    Compare.newBuilder()
                        .setTarget(Compare.CompareTarget.VERSION)
                        .setResult(Compare.CompareResult.GREATER)
                        .setVersion(LESS_THAN_ANY_VERSION)
                        .setKey(key.at(i)))
                .addSuccess(putOp(key.at(i), valueBytes));
          }
          return txn.build();
        });
  }

  byte[] request(long keyNumber) {
    byte[] request = template.clone();
    for (Slot slot : slots) {
      keys.write((keyNumber + slot.distance()) % keys.space(), request, slot.offset());
    }
    if (stampOffset >= 0) {
      Stamp.write(System.nanoTime(), request, stampOffset);
    }
    return request;
  }

  private static RequestOp putOp(ByteString key, int valueBytes) {
    return RequestOp.newBuilder()
        .setRequestPut(PutRequest.newBuilder().setKey(key).setValue(value(valueBytes)))
        .build();
  }

  private static ByteString value(int bytes) {
    if (bytes < 0) {
      throw new IllegalArgumentException("--val-size must not be negative");
    }
    byte[] value = new byte[bytes];
    new Random(1).nextBytes(value);
    return ByteString.copyFrom(value);
  }

  private Requests withMinResponseBytes(int bytes) {
    return new Requests(name, method, template, slots, keys, stampOffset, bytes, answered);
  }

  /// A blank key for each distance; a request asks for those that it wants, in any order.
  private interface Blanks {
    ByteString at(int distance);
  }

  /// Finds the slots by building the request twice: at a distance's slots, and nowhere else, it
  /// differs when only that distance's blank does.
  private static Requests of(
      String name,
      MethodDescriptor<?, ?> method,
      Keys keys,
      Function<Blanks, MessageLite> building) {
    var largest = new int[1];
    ByteString blank = blank(keys, 0);
    byte[] template =
        building
            .apply(distance -> {
              largest[0] = Math.max(largest[0], distance);
              return blank;
            })
            .toByteArray();
    if (largest[0] >= keys.space()) {
      throw new IllegalArgumentException(
          "--key-space-size is %d; a request of %d different keys needs as many"
              .formatted(keys.space(), largest[0] + 1));
    }
    Slot[] slots =
        IntStream.rangeClosed(0, largest[0])
            .boxed()
            .flatMap(distance -> {
              ByteString marked = blank(keys, 1);
              byte[] other = building.apply(at -> at == distance ? marked : blank).toByteArray();
              return IntStream.range(0, template.length)
                  .filter(
                      i -> template[i] != other[i] && (i == 0 || template[i - 1] == other[i - 1]))
                  .mapToObj(offset -> new Slot(offset, distance));
            })
            .toArray(Slot[]::new);
    return new Requests(name, RawCalls.unary(method), template, slots, keys, -1, 0, _ -> {});
  }

  private static ByteString blank(Keys keys, int filling) {
    byte[] key = new byte[keys.size()];
    Arrays.fill(key, (byte) filling);
    return ByteString.copyFrom(key);
  }
}
