package io.kvorum.node.server.discovery;

import static io.kvorum.node.server.config.StartFailure.configuration;

import io.kvorum.node.dns.Answer;
import io.kvorum.node.dns.ServiceRecords;
import io.kvorum.node.dns.Target;
import io.kvorum.node.server.config.Discovery;
import io.kvorum.node.server.config.Url;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Reads the founders of a cluster from SRV records: `_etcd-server-ssl._tcp` for members with
/// `https`, then `_etcd-server._tcp` for those with `http`, both together. A member knows itself
/// among them by its address and port; what the others are called, they say themselves later.
public final class RecordSearch {

  private static final Logger LOG = LoggerFactory.getLogger(RecordSearch.class);

  /// How long name servers that say nothing, and names without an address, are asked again: DNS
  /// often comes up after the member does.
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private static final Duration PAUSE = Duration.ofSeconds(1);

  private final Records records;
  private final Addresses addresses;
  private final Duration patience;

  /// Asks for the records of a service in a domain.
  @FunctionalInterface
  interface Records {
    Answer tcp(String service, String domain);
  }

  /// Asks for the addresses of a name.
  @FunctionalInterface
  interface Addresses {
    InetAddress[] of(String host) throws UnknownHostException;
  }

  RecordSearch(Records records, Addresses addresses, Duration patience) {
    this.records = records;
    this.addresses = addresses;
    this.patience = patience;
  }

  /// With the name servers of this machine.
  public static RecordSearch ofThisMachine() {
    ServiceRecords records = ServiceRecords.ofThisMachine();
    return new RecordSearch(records::tcp, InetAddress::getAllByName, PATIENCE);
  }

  /// What the records came to.
  private sealed interface Outcome {

    /// @param cluster as in `--initial-cluster`
    record Members(String cluster) implements Outcome {}

    /// @param again whether it may be otherwise in a moment
    record Nothing(String why, boolean again) implements Outcome {}
  }

  /// Finds all members, this one among them.
  ///
  /// @return as in `--initial-cluster`
  public String find(Discovery.Dns place, Candidate self) {
    long deadline = System.nanoTime() + patience.toNanos();
    while (true) {
      switch (look(place, self)) {
        case Outcome.Members(String cluster) -> {
          return cluster;
        }
        case Outcome.Nothing(String why, boolean again) -> {
          if (!again || System.nanoTime() - deadline >= 0) {
            throw configuration(why);
          }
          LOG.warn("discovery: {}; asking again in {} s", why, PAUSE.toSeconds());
        }
      }
      LockSupport.parkNanos(PAUSE.toNanos());
    }
  }

  private Outcome look(Discovery.Dns place, Candidate self) {
    String suffix = place.suffix().isEmpty() ? "" : "-" + place.suffix();
    var urls = new LinkedHashSet<Url>();
    var failures = new ArrayList<String>();
    boolean silent = false;
    for (Service service :
        List.of(
            new Service("etcd-server-ssl" + suffix, "https"),
            new Service("etcd-server" + suffix, "http"))) {
      switch (records.tcp(service.name(), place.domain())) {
        case Answer.Found(List<Target> targets) ->
            targets.forEach(target -> urls.add(service.url(target)));
        case Answer.Missing(String name) -> failures.add(name + ": no such records");
        case Answer.Silent(String name, String why) -> {
          failures.add(name + ": " + why);
          silent = true;
        }
      }
    }
    // Half of the records is no cluster: what one name server does not say now, it may say soon.
    return silent || urls.isEmpty()
        ? new Outcome.Nothing(
            "error querying DNS SRV records: " + String.join("; ", failures), silent)
        : named(List.copyOf(urls), self);
  }

  /// A service by which members are published, and how they are reached.
  private record Service(String name, String scheme) {

    Url url(Target target) {
      String host = target.host().indexOf(':') < 0 ? target.host() : "[" + target.host() + "]";
      return Url.parse(scheme + "://" + host + ":" + target.port());
    }
  }

  /// Gives this member its name, and the others numbers.
  private Outcome named(List<Url> urls, Candidate self) {
    var unknown = new TreeSet<String>();
    Set<String> own = places(self.peerUrls(), unknown);
    var pairs = new ArrayList<String>();
    var strangers = new ArrayList<String>();
    boolean found = false;
    int number = 0;
    for (Url url : urls) {
      if (places(List.of(url), unknown).stream().noneMatch(own::contains)) {
        if (self.name().equals("" + number)) {
          number++;
        }
        pairs.add(number++ + "=" + url.text());
      } else if (self.peerUrls().stream().anyMatch(mine -> mine.secure() == url.secure())) {
        pairs.add(self.name() + "=" + url.text());
        found = true;
      } else {
        strangers.add(url.text());
      }
    }
    LOG.info("discovery: DNS lists {}", pairs);
    if (found) {
      return new Outcome.Members(String.join(",", pairs));
    }
    if (!strangers.isEmpty()) {
      return new Outcome.Nothing(
          "bootstrap at "
              + String.join(", ", strangers)
              + " from DNS has scheme mismatch with expected peer "
              + Url.join(self.peerUrls()),
          false);
    }
    return new Outcome.Nothing(
        "cannot find local etcd member \""
            + self.name()
            + "\" in SRV records: none of "
            + urls
            + " is at "
            + Url.join(self.peerUrls())
            + (unknown.isEmpty() ? "" : "; without an address: " + unknown),
        !unknown.isEmpty());
  }

  /// Each URL by its text and by its addresses, without the scheme.
  private Set<String> places(List<Url> urls, Set<String> unknown) {
    var places = new TreeSet<String>();
    for (Url url : urls) {
      places.add(url.host() + " " + url.port());
      try {
        for (InetAddress address : addresses.of(url.host())) {
          places.add(address.getHostAddress() + " " + url.port());
        }
      } catch (UnknownHostException e) {
        unknown.add(url.host());
      }
    }
    return places;
  }
}
