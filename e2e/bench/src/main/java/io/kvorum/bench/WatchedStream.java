package io.kvorum.bench;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.WireFormat;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.Status;
import io.kvorum.node.proto.etcd.WatchCreateRequest;
import io.kvorum.node.proto.etcd.WatchGrpc;
import io.kvorum.node.proto.etcd.WatchRequest;
import io.kvorum.node.proto.etcd.WatchResponse;
import io.kvorum.node.proto.mvcc.Event;
import io.kvorum.node.proto.mvcc.KeyValue;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;

/// One watch stream with its watchers. Responses are walked as bytes: of an event only the revision
/// and the stamp of its value are read.
final class WatchedStream extends ClientCall.Listener<byte[]> {

  /// Responses that may be on their way before the first is looked at.
  private static final int RESPONSES_AHEAD = 64;

  /// Who is told what comes.
  interface Sink {
    void created();

    /// A put's event has come.
    ///
    /// @param stamp when its put was sent
    /// @param now when it came
    void event(long stamp, long now);

    void fault(String what);
  }

  private final Sink sink;
  private final ClientCall<byte[], byte[]> call;

  /// The revision of each watcher's newest event, by watch id. Ids begin at 0 or 1.
  private final long[] newest;

  private boolean closing;
  private long now;

  WatchedStream(Channel channel, List<ByteString> keys, Sink sink) {
    this.sink = sink;
    this.newest = new long[keys.size() + 1];
    this.call = channel.newCall(RawCalls.stream(WatchGrpc.getWatchMethod()), CallOptions.DEFAULT);
    call.start(this, new Metadata());
    call.request(RESPONSES_AHEAD);
    for (int i = 0; i < keys.size(); i++) {
      var create = WatchCreateRequest.newBuilder().setKey(keys.get(i)).setWatchId(i + 1);
      call.sendMessage(WatchRequest.newBuilder().setCreateRequest(create).build().toByteArray());
    }
  }

  void close() {
    closing = true;
    call.cancel("the load is over", null);
  }

  @Override
  public void onMessage(byte[] message) {
    now = System.nanoTime();
    try {
      read(CodedInputStream.newInstance(message));
    } catch (IOException e) {
      throw new UncheckedIOException("a watch response that cannot be read", e);
    }
    call.request(1);
  }

  @Override
  public void onClose(Status status, Metadata trailers) {
    if (!closing) {
      sink.fault("the stream ended: " + status.getCode() + " " + status.getDescription());
    }
  }

  private void read(CodedInputStream in) throws IOException {
    long id = 0;
    for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
      switch (WireFormat.getTagFieldNumber(tag)) {
        case WatchResponse.WATCH_ID_FIELD_NUMBER -> id = in.readInt64();
        case WatchResponse.CREATED_FIELD_NUMBER -> {
          if (in.readBool()) {
            sink.created();
          }
        }
        case WatchResponse.CANCELED_FIELD_NUMBER -> {
          if (in.readBool()) {
            sink.fault("the server cancelled a watch");
          }
        }
        case WatchResponse.EVENTS_FIELD_NUMBER -> {
          int outer = in.pushLimit(in.readRawVarint32());
          readEvent(in, id);
          in.popLimit(outer);
        }
        default -> in.skipField(tag);
      }
    }
  }

  private void readEvent(CodedInputStream in, long id) throws IOException {
    for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
      if (WireFormat.getTagFieldNumber(tag) == Event.KV_FIELD_NUMBER) {
        int outer = in.pushLimit(in.readRawVarint32());
        readKeyValue(in, id);
        in.popLimit(outer);
      } else {
        in.skipField(tag);
      }
    }
  }

  private void readKeyValue(CodedInputStream in, long id) throws IOException {
    for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
      switch (WireFormat.getTagFieldNumber(tag)) {
        case KeyValue.MOD_REVISION_FIELD_NUMBER -> checkOrder(id, in.readInt64());
        case KeyValue.VALUE_FIELD_NUMBER -> {
          int length = in.readRawVarint32();
          if (length >= Long.BYTES) {
            sink.event(in.readRawLittleEndian64(), now);
            in.skipRawBytes(length - Long.BYTES);
          } else {
            sink.fault("somebody else writes the keys, too");
            in.skipRawBytes(length);
          }
        }
        default -> in.skipField(tag);
      }
    }
  }

  private void checkOrder(long id, long revision) {
    if (id < 0 || id >= newest.length) {
      sink.fault("an event for a watch that nobody created");
      return;
    }
    if (revision <= newest[(int) id]) {
      sink.fault("an event out of order, or twice");
    }
    newest[(int) id] = revision;
  }
}
