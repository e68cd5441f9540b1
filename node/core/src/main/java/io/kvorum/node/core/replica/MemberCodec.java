package io.kvorum.node.core.replica;

import io.kvorum.node.core.raft.MemberId;
import io.kvorum.node.core.raft.MembershipChange;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;

/// The bytes of member records and of what travels in a membership entry beside the change itself.
///
/// ```
/// member:  format (1) | id (8) | learner (1) | peer URLs
/// context: format (1) | request id (8) | learner limit (4) | peer URLs
/// ```
final class MemberCodec {
  private static final int FORMAT = 1;

  private MemberCodec() {}

  /// A membership entry read back: who asked, and for what.
  record Asked(long requestId, int maxLearners, MembershipRequest request) {}

  static byte[] encodeMember(MemberRecord member) {
    return bytes(out -> {
      out.writeByte(FORMAT);
      out.writeLong(member.id().value());
      out.writeBoolean(member.learner());
      texts(out, member.peerUrls());
    });
  }

  static MemberRecord decodeMember(byte[] record) {
    return read(
        record,
        in -> {
          format(in);
          var id = new MemberId(in.readLong());
          boolean learner = in.readBoolean();
          return new MemberRecord(id, texts(in), learner, MemberRecord.Attributes.UNPUBLISHED);
        });
  }

  /// The change that consensus sees for a request.
  static MembershipChange change(long requestId, int maxLearners, MembershipRequest request) {
    return switch (request) {
      case MembershipRequest.Add(MemberId id, List<String> urls, boolean learner) -> {
        byte[] context = context(requestId, maxLearners, urls);
        yield learner
            ? new MembershipChange.AddLearner(id, context)
            : new MembershipChange.AddVoter(id, context);
      }
      case MembershipRequest.Promote(MemberId id) ->
          new MembershipChange.Promote(id, context(requestId, maxLearners, List.of()));
      case MembershipRequest.Remove(MemberId id) ->
          new MembershipChange.Remove(id, context(requestId, maxLearners, List.of()));
      case MembershipRequest.UpdatePeerUrls(MemberId id, List<String> urls) ->
          new MembershipChange.Update(id, context(requestId, maxLearners, urls));
    };
  }

  /// The request behind a change.
  static Asked asked(MembershipChange change) {
    return read(
        change.context(),
        in -> {
          format(in);
          long requestId = in.readLong();
          int maxLearners = in.readInt();
          return new Asked(requestId, maxLearners, request(change, texts(in)));
        });
  }

  private static MembershipRequest request(MembershipChange change, List<String> urls) {
    return switch (change) {
      case MembershipChange.AddVoter add -> new MembershipRequest.Add(add.member(), urls, false);
      case MembershipChange.AddLearner add -> new MembershipRequest.Add(add.member(), urls, true);
      case MembershipChange.Promote promote -> new MembershipRequest.Promote(promote.member());
      case MembershipChange.Remove remove -> new MembershipRequest.Remove(remove.member());
      case MembershipChange.Update update ->
          new MembershipRequest.UpdatePeerUrls(update.member(), urls);
    };
  }

  private static byte[] context(long requestId, int maxLearners, List<String> urls) {
    return bytes(out -> {
      out.writeByte(FORMAT);
      out.writeLong(requestId);
      out.writeInt(maxLearners);
      texts(out, urls);
    });
  }

  private static void format(DataInputStream in) throws IOException {
    int format = in.readUnsignedByte();
    if (format != FORMAT) {
      throw new IllegalArgumentException("a member record of format " + format);
    }
  }

  private static void texts(DataOutputStream out, List<String> texts) throws IOException {
    out.writeShort(texts.size());
    for (String text : texts) {
      out.writeUTF(text);
    }
  }

  private static List<String> texts(DataInputStream in) throws IOException {
    int count = in.readUnsignedShort();
    var texts = new ArrayList<String>(count);
    for (int i = 0; i < count; i++) {
      texts.add(in.readUTF());
    }
    return texts;
  }

  private interface Writing {
    void to(DataOutputStream out) throws IOException;
  }

  private interface Reading<T> {
    T from(DataInputStream in) throws IOException;
  }

  private static byte[] bytes(Writing writing) {
    var bytes = new ByteArrayOutputStream();
    try (var out = new DataOutputStream(bytes)) {
      writing.to(out);
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
    return bytes.toByteArray();
  }

  private static <T> T read(byte[] bytes, Reading<T> reading) {
    try (var in = new DataInputStream(new ByteArrayInputStream(bytes))) {
      return reading.from(in);
    } catch (IOException truncated) {
      throw new IllegalArgumentException("a member record that ends early", truncated);
    }
  }
}
