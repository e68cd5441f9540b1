package io.kvorum.node.server.grpcproxy;

import io.grpc.Attributes;
import io.grpc.EquivalentAddressGroup;
import io.grpc.NameResolver;
import io.grpc.NameResolverProvider;
import io.grpc.Status;
import io.grpc.StatusOr;
import io.grpc.SynchronizationContext;
import io.kvorum.node.server.config.Endpoint;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Where the members are, for gRPC: a list that may change while the proxy runs, and whose names
/// are looked up again when a connection is lost.
final class Members extends NameResolverProvider {

  static final String SCHEME = "kvorum-members";

  /// Above the JDK's resolver, which takes every scheme that nobody else does.
  private static final int PRIORITY = 5;

  private volatile List<Endpoint> endpoints;
  private volatile @Nullable Resolver resolver;

  Members(List<Endpoint> endpoints) {
    this.endpoints = List.copyOf(endpoints);
  }

  List<Endpoint> endpoints() {
    return endpoints;
  }

  /// From now on these are the members.
  void follow(List<Endpoint> others) {
    endpoints = List.copyOf(others);
    Resolver open = resolver;
    if (open != null) {
      open.refresh();
    }
  }

  @Override
  protected boolean isAvailable() {
    return true;
  }

  @Override
  protected int priority() {
    return PRIORITY;
  }

  @Override
  public String getDefaultScheme() {
    return SCHEME;
  }

  @Override
  public @Nullable NameResolver newNameResolver(URI target, NameResolver.Args args) {
    if (!SCHEME.equals(target.getScheme())) {
      return null;
    }
    var opened = new Resolver(args.getSynchronizationContext());
    resolver = opened;
    return opened;
  }

  /// Looks names up on a thread of its own: a name server may be slow.
  private final class Resolver extends NameResolver {
    private final SynchronizationContext channel;
    private @Nullable Listener2 listener;
    private boolean looking;
    private boolean again;

    Resolver(SynchronizationContext channel) {
      this.channel = channel;
    }

    @Override
    public String getServiceAuthority() {
      return endpoints.getFirst().authority();
    }

    @Override
    public void start(Listener2 heard) {
      listener = heard;
      look();
    }

    @Override
    public void refresh() {
      channel.execute(this::look);
    }

    private void look() {
      again = looking;
      if (!looking && listener != null) {
        looking = true;
        Thread.ofVirtual().name("members").start(this::lookUp);
      }
    }

    private void lookUp() {
      List<EquivalentAddressGroup> found = new ArrayList<>();
      String failure = "there are no members";
      for (Endpoint endpoint : endpoints) {
        try {
          found.add(addresses(endpoint));
        } catch (UnknownHostException e) {
          failure = "cannot resolve " + endpoint.authority();
        }
      }
      String why = failure;
      channel.execute(() -> tell(found, why));
    }

    private EquivalentAddressGroup addresses(Endpoint endpoint) throws UnknownHostException {
      var addresses = new ArrayList<java.net.SocketAddress>();
      for (InetAddress address :
          InetAddress.getAllByName(endpoint.host().isEmpty() ? "127.0.0.1" : endpoint.host())) {
        addresses.add(new InetSocketAddress(address, endpoint.port()));
      }
      return new EquivalentAddressGroup(
          addresses,
          Attributes.newBuilder()
              .set(EquivalentAddressGroup.ATTR_AUTHORITY_OVERRIDE, endpoint.authority())
              .build());
    }

    private void tell(List<EquivalentAddressGroup> found, String failure) {
      looking = false;
      if (listener == null) {
        return;
      }
      var _ =
          listener.onResult2(
              ResolutionResult.newBuilder()
                  .setAddressesOrError(
                      found.isEmpty()
                          ? StatusOr.fromStatus(Status.UNAVAILABLE.withDescription(failure))
                          : StatusOr.fromValue(found))
                  .build());
      if (again) {
        look();
      }
    }

    @Override
    public void shutdown() {
      listener = null;
    }
  }
}
