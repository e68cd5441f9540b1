package io.kvorum.node.server.grpcproxy;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.WireFormat;
import io.kvorum.node.proto.etcd.WatchResponse;
import java.io.IOException;
import java.io.UncheckedIOException;

/// An answer about a watch as it came, read and unread. To each watch that it is for it goes as it
/// is, but for the id, which stands behind the header as in any other answer.
///
/// @param cut the end of the header
/// @param rest the end of the id behind it
@SuppressWarnings("ArrayRecordComponent") // shared by many, and changed by nobody
record Reply(WatchResponse message, byte[] bytes, int cut, int rest) {

  static Reply of(WatchResponse message) {
    return of(message, message.toByteArray());
  }

  /// @param bytes of the message
  static Reply of(WatchResponse message, byte[] bytes) {
    try {
      CodedInputStream in = CodedInputStream.newInstance(bytes);
      int cut = 0;
      int rest = 0;
      int fields = 0;
      for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
        int field = WireFormat.getTagFieldNumber(tag);
        in.skipField(tag);
        if (field == WatchResponse.HEADER_FIELD_NUMBER && fields == 0) {
          cut = in.getTotalBytesRead();
          rest = cut;
        } else if (field == WatchResponse.WATCH_ID_FIELD_NUMBER) {
          if (fields > (cut > 0 ? 1 : 0)) {
            // Somebody writes fields in an order of their own.
            return of(message.toBuilder().build());
          }
          rest = in.getTotalBytesRead();
        }
        fields++;
      }
      return new Reply(message, bytes, cut, rest);
    } catch (IOException e) {
      throw new UncheckedIOException("reading from memory failed", e);
    }
  }

  Frame to(byte[] id) {
    return new Frame(bytes, cut, id, rest);
  }

  /// The field with an id; the one that is never written is 0.
  static byte[] id(long id) {
    if (id == 0) {
      return Frame.NOTHING;
    }
    var bytes =
        new byte[CodedOutputStream.computeInt64Size(WatchResponse.WATCH_ID_FIELD_NUMBER, id)];
    try {
      CodedOutputStream.newInstance(bytes).writeInt64(WatchResponse.WATCH_ID_FIELD_NUMBER, id);
    } catch (IOException e) {
      throw new UncheckedIOException("writing to memory failed", e);
    }
    return bytes;
  }
}
