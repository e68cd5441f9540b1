package io.kvorum.node.server.grpcproxy;

import io.grpc.MethodDescriptor;
import io.grpc.ServerCallHandler;
import io.grpc.ServerServiceDefinition;
import io.grpc.ServiceDescriptor;
import io.grpc.health.v1.HealthGrpc;
import io.kvorum.node.proto.election.ElectionGrpc;
import io.kvorum.node.proto.etcd.AuthGrpc;
import io.kvorum.node.proto.etcd.ClusterGrpc;
import io.kvorum.node.proto.etcd.KVGrpc;
import io.kvorum.node.proto.etcd.LeaseGrpc;
import io.kvorum.node.proto.etcd.MaintenanceGrpc;
import io.kvorum.node.proto.etcd.WatchGrpc;
import io.kvorum.node.proto.lock.LockGrpc;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/// Every service of API v3, each method with who handles it.
final class Services {

  private static final List<ServiceDescriptor> ALL =
      List.of(
          KVGrpc.getServiceDescriptor(),
          WatchGrpc.getServiceDescriptor(),
          LeaseGrpc.getServiceDescriptor(),
          ClusterGrpc.getServiceDescriptor(),
          MaintenanceGrpc.getServiceDescriptor(),
          AuthGrpc.getServiceDescriptor(),
          LockGrpc.getServiceDescriptor(),
          ElectionGrpc.getServiceDescriptor(),
          HealthGrpc.getServiceDescriptor());

  private Services() {}

  /// @param own methods that are not merely forwarded, by their full name
  /// @param forwarding who handles the others
  static List<ServerServiceDefinition> of(
      Map<String, ServerCallHandler<Frame, Frame>> own,
      Function<MethodDescriptor<Frame, Frame>, ServerCallHandler<Frame, Frame>> forwarding) {
    return ALL.stream().map(service -> of(service, own, forwarding)).toList();
  }

  private static ServerServiceDefinition of(
      ServiceDescriptor service,
      Map<String, ServerCallHandler<Frame, Frame>> own,
      Function<MethodDescriptor<Frame, Frame>, ServerCallHandler<Frame, Frame>> forwarding) {
    var definition = ServerServiceDefinition.builder(service.getName());
    for (MethodDescriptor<?, ?> typed : service.getMethods()) {
      MethodDescriptor<Frame, Frame> method = unread(typed);
      ServerCallHandler<Frame, Frame> handler = own.get(method.getFullMethodName());
      definition.addMethod(method, handler == null ? forwarding.apply(method) : handler);
    }
    return definition.build();
  }

  /// The same method with messages as bytes.
  static MethodDescriptor<Frame, Frame> unread(MethodDescriptor<?, ?> method) {
    return method.toBuilder(Frame.MARSHALLER, Frame.MARSHALLER).build();
  }
}
