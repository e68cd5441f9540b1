package io.kvorum.suite.conformance;

import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor.JavaType;
import com.google.protobuf.Message;
import java.util.List;
import java.util.Map;

/// Moves revisions between a sequence, where they count from its beginning, and a server, where
/// they count from the beginning of its life.
final class Revisions {

  private Revisions() {}

  /// The message with `offset` added to each revision in it. Revisions of zero and below mean
  /// something else and stay.
  static Message moved(Message message, long offset) {
    Message.Builder moved = message.toBuilder();
    for (Map.Entry<FieldDescriptor, Object> field : message.getAllFields().entrySet()) {
      FieldDescriptor descriptor = field.getKey();
      if (descriptor.getJavaType() == JavaType.MESSAGE) {
        if (descriptor.isRepeated()) {
          List<?> parts = (List<?>) field.getValue();
          for (int i = 0; i < parts.size(); i++) {
            moved.setRepeatedField(descriptor, i, moved((Message) parts.get(i), offset));
          }
        } else {
          moved.setField(descriptor, moved((Message) field.getValue(), offset));
        }
      } else if (descriptor.getName().endsWith("revision")
          && field.getValue() instanceof Long revision
          && revision > 0) {
        moved.setField(descriptor, revision + offset);
      }
    }
    return moved.build();
  }
}
