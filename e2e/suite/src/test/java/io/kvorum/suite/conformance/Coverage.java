package io.kvorum.suite.conformance;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.EnumValueDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor.JavaType;
import com.google.protobuf.Message;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/// Counts what the sequences asked for: each method, each field of its request, each constant.
final class Coverage {

  private final Map<String, Integer> methods = new TreeMap<>();
  private final Map<String, Integer> options = new TreeMap<>();
  private final Set<Descriptor> types = new HashSet<>();

  void add(Step step) {
    String method =
        switch (step) {
          case Step.Call call -> call.method();
          case Step.Watch _ -> "Watch/Watch";
        };
    methods.merge(method, 1, Integer::sum);
    add(step.request());
  }

  private void add(Message message) {
    Descriptor type = message.getDescriptorForType();
    types.add(type);
    for (Map.Entry<FieldDescriptor, Object> field : message.getAllFields().entrySet()) {
      FieldDescriptor descriptor = field.getKey();
      options.merge(name(descriptor), 1, Integer::sum);
      List<?> values =
          descriptor.isRepeated() ? (List<?>) field.getValue() : List.of(field.getValue());
      for (Object value : values) {
        if (value instanceof Message part) {
          add(part);
        } else if (value instanceof EnumValueDescriptor constant) {
          options.merge(name(descriptor) + "=" + constant.getName(), 1, Integer::sum);
        }
      }
    }
  }

  private static String name(FieldDescriptor field) {
    return field.getContainingType().getName() + "." + field.getName();
  }

  /// What the requests could have asked for and none did.
  Set<String> missing() {
    var missing = new TreeSet<String>();
    for (Descriptor type : types) {
      for (FieldDescriptor field : type.getFields()) {
        missing.add(name(field));
        if (field.getJavaType() == JavaType.ENUM) {
          field.getEnumType().getValues().stream()
              .filter(constant -> constant.getNumber() != 0)
              .forEach(constant -> missing.add(name(field) + "=" + constant.getName()));
        }
      }
    }
    missing.removeAll(options.keySet());
    return missing;
  }

  Set<String> methods() {
    return methods.keySet();
  }

  /// A line for each method and option, with how often it was asked for.
  @Override
  public String toString() {
    var text = new StringBuilder();
    methods.forEach((name, count) -> text.append("%7d %s%n".formatted(count, name)));
    options.forEach((name, count) -> text.append("%7d %s%n".formatted(count, name)));
    return text.toString();
  }
}
