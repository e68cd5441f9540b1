package io.kvorum.suite.conformance;

import com.google.protobuf.Message;
import com.google.protobuf.TextFormat;
import io.grpc.MethodDescriptor;
import io.grpc.ServiceDescriptor;
import io.kvorum.node.proto.etcd.AuthGrpc;
import io.kvorum.node.proto.etcd.ClusterGrpc;
import io.kvorum.node.proto.etcd.KVGrpc;
import io.kvorum.node.proto.etcd.LeaseGrpc;
import io.kvorum.node.proto.etcd.MaintenanceGrpc;
import io.kvorum.node.proto.etcd.WatchCreateRequest;
import java.io.InputStream;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// One operation of a sequence, in a form that a person reads and a file keeps: `KV/Range key:
/// "a"`, `as:root Auth/UserList`, or `watch key: "a" start_revision: 1`. Revisions count from where
/// the sequence began.
sealed interface Step {

  Message request();

  /// A unary call.
  ///
  /// @param user who makes it; empty for nobody
  record Call(String user, String method, Message request) implements Step {

    Call(String method, Message request) {
      this("", method, request);
    }

    Call by(String caller) {
      return new Call(caller, method, request);
    }

    @Override
    public String toString() {
      return Step.by(user) + method + " " + text(request);
    }
  }

  /// A watch that lasts until the end of the sequence, on a stream of its own.
  ///
  /// @param user who watches; nobody if empty, or without the right password
  record Watch(String user, WatchCreateRequest request) implements Step {
    @Override
    public String toString() {
      return by(user) + "watch " + text(request);
    }
  }

  private static String by(String user) {
    return user.isEmpty() ? "" : AS + user + " ";
  }

  /// The methods that sequences are made of: unary ones, and the one that is asked and answered
  /// message by message.
  Map<String, MethodDescriptor<Message, Message>> METHODS =
      methods(
          KVGrpc.getServiceDescriptor(),
          LeaseGrpc.getServiceDescriptor(),
          AuthGrpc.getServiceDescriptor(),
          ClusterGrpc.getServiceDescriptor(),
          MaintenanceGrpc.getServiceDescriptor());

  /// What stands before the user of a call: `as:root KV/Put ...`.
  String AS = "as:";

  static Step parse(String line) {
    if (line.startsWith(AS)) {
      String[] parts = line.substring(AS.length()).split(" ", 2);
      return switch (parse(parts[1])) {
        case Call call -> call.by(parts[0]);
        case Watch watch -> new Watch(parts[0], watch.request());
      };
    }
    int space = line.indexOf(' ');
    String method = space < 0 ? line : line.substring(0, space);
    String text = space < 0 ? "" : line.substring(space + 1);
    return method.equals("watch")
        ? new Watch("", (WatchCreateRequest) parse(WatchCreateRequest.getDefaultInstance(), text))
        : new Call(method, parse(prototype(method), text));
  }

  static List<Step> parseAll(String script) {
    return script
        .lines()
        .filter(line -> !line.isBlank() && !line.startsWith("#"))
        .map(Step::parse)
        .toList();
  }

  private static Message parse(Message prototype, String text) {
    Message.Builder builder = prototype.newBuilderForType();
    try {
      TextFormat.merge(text, builder);
    } catch (TextFormat.ParseException e) {
      throw new IllegalArgumentException(
          "no " + prototype.getDescriptorForType().getName() + ": " + text, e);
    }
    return builder.build();
  }

  /// The method of a name such as `KV/Put`.
  static MethodDescriptor<Message, Message> descriptor(String method) {
    MethodDescriptor<Message, Message> descriptor = METHODS.get(method);
    if (descriptor == null) {
      throw new IllegalArgumentException("no such method: " + method);
    }
    return descriptor;
  }

  private static Message prototype(String method) {
    return descriptor(method).parseRequest(InputStream.nullInputStream());
  }

  static String text(Message message) {
    return TextFormat.printer().emittingSingleLine(true).printToString(message).strip();
  }

  @SuppressWarnings("unchecked") // every message of a generated service is a Message
  private static Map<String, MethodDescriptor<Message, Message>> methods(
      ServiceDescriptor... services) {
    var methods = new LinkedHashMap<String, MethodDescriptor<Message, Message>>();
    for (ServiceDescriptor service : services) {
      String name = service.getName().substring(service.getName().lastIndexOf('.') + 1);
      for (MethodDescriptor<?, ?> method : service.getMethods()) {
        if (method.getType() != MethodDescriptor.MethodType.SERVER_STREAMING) {
          methods.put(
              name + "/" + method.getBareMethodName(), (MethodDescriptor<Message, Message>) method);
        }
      }
    }
    return methods;
  }
}
