package io.kvorum.node.server.discovery;

import static io.kvorum.node.server.config.StartFailure.configuration;

import io.kvorum.node.server.config.Discovery;
import io.kvorum.node.server.config.ExitCode;
import io.kvorum.node.server.config.StartFailure;
import io.kvorum.node.server.config.Url;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Finds the founders of a cluster: each registers under a token that all of them are given, and
/// the first so many by creation are the founders. A member registers once: should it be started
/// again before the cluster has formed, it finds itself.
public final class FounderSearch implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(FounderSearch.class);

  /// How long a service that cannot be reached is asked again.
  private static final Duration PATIENCE = Duration.ofMinutes(10);

  private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(32);

  private final Registrations keys;

  /// What messages name.
  private final String where;

  private final Duration patience;

  FounderSearch(Registrations keys, String where, Duration patience) {
    this.keys = keys;
    this.where = where;
    this.patience = patience;
  }

  /// Below a URL of API v2.
  public static FounderSearch at(Discovery.Http place) {
    return new FounderSearch(new TokenKeys(place), place.url().toString(), PATIENCE);
  }

  /// Below keys of API v3.
  public static FounderSearch at(Discovery.Registry place) {
    return new FounderSearch(
        new RegistryKeys(place),
        RegistryKeys.prefix(place.token()) + " of " + Url.join(place.endpoints()),
        PATIENCE);
  }

  /// Registers this member and waits for the others.
  ///
  /// @return the members of the cluster to be, as in `--initial-cluster`
  public String find(Candidate self) {
    int size = patiently("asking for the size of the cluster", keys::size);
    LOG.atInfo().addKeyValue("at", where).addKeyValue("size", size).log("discovery: begins");
    List<Registrations.Registered> registered =
        patiently("listing the members", keys::list).members();
    if (place(registered, self.id()) < 0) {
      requireRoom(registered.size(), size, registered);
      patiently("registering", () -> keys.register(self.id(), self.value()));
    }
    return founders(self.id(), self.value(), size);
  }

  private String founders(String memberId, String self, int size) {
    int seen = -1;
    while (true) {
      Registrations.Listing listing = patiently("listing the members", keys::list);
      List<Registrations.Registered> members = listing.members();
      int place = place(members, memberId);
      if (place < 0) {
        throw configuration(
            "discovery: the registration of this member has vanished from " + where);
      }
      if (!members.get(place).value().equals(self)) {
        throw configuration(
            "discovery: found duplicate id: member "
                + memberId
                + " is registered as "
                + members.get(place).value()
                + ", not as "
                + self);
      }
      requireRoom(place, size, members);
      if (members.size() >= size) {
        return joined(members.subList(0, size));
      }
      if (members.size() != seen) {
        seen = members.size();
        LOG.info("discovery: {} of {} members are there", seen, size);
      }
      patiently("waiting for the other members", () -> keys.awaitChange(listing.index() + 1));
    }
  }

  private static int place(List<Registrations.Registered> members, String memberId) {
    for (int i = 0; i < members.size(); i++) {
      if (members.get(i).id().equals(memberId)) {
        return i;
      }
    }
    return -1;
  }

  private void requireRoom(int before, int size, List<Registrations.Registered> members) {
    if (before >= size) {
      throw new FullClusterException(
          "discovery: cluster is full: %d members have registered at %s for a cluster of %d; add this one with 'member add' and start it with --initial-cluster-state=existing"
              .formatted(before, where, size),
          joined(members.subList(0, size)));
    }
  }

  /// Waits for all founders without being one.
  ///
  /// @return them as in `--initial-cluster`
  public String observe() {
    int size = patiently("asking for the size of the cluster", keys::size);
    while (true) {
      Registrations.Listing listing = patiently("listing the members", keys::list);
      if (listing.members().size() >= size) {
        return joined(listing.members().subList(0, size));
      }
      patiently("waiting for the members", () -> keys.awaitChange(listing.index() + 1));
    }
  }

  private static String joined(List<Registrations.Registered> founders) {
    var names = new ArrayList<String>();
    var members = new ArrayList<String>();
    for (Registrations.Registered founder : founders) {
      String name = founder.value().replaceAll("=.*", "");
      if (names.contains(name)) {
        throw configuration(
            "discovery: found duplicate name: two members call themselves \""
                + name
                + "\": give each its own --name, and use a new token");
      }
      names.add(name);
      members.add(founder.value());
    }
    return String.join(",", members);
  }

  /// One question to the service.
  private interface Question<T> {
    T ask() throws IOException, InterruptedException;
  }

  /// Asks again while the service can't be reached, in longer and longer pauses.
  private <T> T patiently(String what, Question<T> question) {
    long deadline = System.nanoTime() + patience.toNanos();
    Duration pause = FIRST_PAUSE;
    while (true) {
      try {
        return question.ask();
      } catch (IOException e) {
        String why = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
        if (System.nanoTime() + pause.toNanos() - deadline > 0) {
          throw configuration(
              "discovery: too many retries: " + what + " at " + where + " failed: " + why);
        }
        LOG.warn(
            "discovery: {} at {} failed, again in {} s: {}", what, where, pause.toSeconds(), why);
        LockSupport.parkNanos(pause.toNanos());
        pause = pause.multipliedBy(2);
        pause = pause.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : pause;
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new StartFailure(ExitCode.FATAL, "interrupted during discovery", e);
      }
    }
  }

  @Override
  public void close() {
    keys.close();
  }
}
