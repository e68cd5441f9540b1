package io.kvorum.node.server.bootstrap;

import static io.kvorum.node.server.config.StartFailure.configuration;

import io.kvorum.node.server.MemberConfig.NamedMember;
import io.kvorum.node.server.config.Url;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// The members that `--initial-cluster` names, in the order of their names, and the token that
/// makes their ids.
record InitialCluster(Map<String, List<Url>> members, String token) {

  /// Reads `name=url,name=url`; a name that stands several times has several URLs.
  static InitialCluster parse(String text, String token) {
    var members = new TreeMap<String, List<Url>>();
    for (String pair : text.split(",", -1)) {
      if (!pair.isBlank()) {
        int equals = pair.indexOf('=');
        String name = (equals < 0 ? pair : pair.substring(0, equals)).strip();
        String url = equals < 0 ? "" : pair.substring(equals + 1);
        if (url.isBlank()) {
          throw invalid(text, "empty URL given for \"" + name + "\", expected name=URL");
        }
        members.computeIfAbsent(name, _ -> new ArrayList<>()).add(parseUrl(text, url));
      }
    }
    if (members.isEmpty()) {
      throw invalid(text, "no members in it, expected name=URL pairs joined by commas");
    }
    members.values().forEach(urls -> urls.sort(null));
    return new InitialCluster(members, token);
  }

  /// Fails unless this member is listed and no URL stands twice.
  void requireSound(String name) {
    if (!members.containsKey(name)) {
      throw configuration(
          "couldn't find local name \""
              + name
              + "\" in the initial cluster configuration ("
              + this
              + "): --name must be one of the names in --initial-cluster");
    }
    var seen = new HashSet<String>();
    members.values().forEach(urls -> urls.forEach(url -> requireNew(seen, url)));
  }

  /// Fails unless the URLs this member advertises are the ones listed for it.
  void requireAdvertised(String name, List<Url> advertised, UrlComparison comparison) {
    List<Url> listed = urls(name);
    if (comparison.same(texts(listed), texts(advertised))) {
      return;
    }
    List<String> unadvertised = missing(listed, advertised);
    if (!unadvertised.isEmpty()) {
      throw configuration(
          "--initial-cluster has "
              + String.join(",", unadvertised.stream().map(url -> name + "=" + url).toList())
              + " but missing from --initial-advertise-peer-urls="
              + Url.join(advertised));
    }
    throw configuration(
        "--initial-advertise-peer-urls has "
            + String.join(",", missing(advertised, listed))
            + " but missing from --initial-cluster="
            + this);
  }

  List<Url> urls(String name) {
    return members.getOrDefault(name, List.of());
  }

  long memberId(String name) {
    return MemberIds.member(urls(name), token);
  }

  long clusterId() {
    return MemberIds.cluster(members.keySet().stream().map(this::memberId).toList());
  }

  /// The founding members in the order of their ids.
  List<NamedMember> founders() {
    return members.entrySet().stream()
        .map(member -> named(member.getKey(), member.getValue()))
        .sorted(Comparator.comparing(NamedMember::memberId, Long::compareUnsigned))
        .toList();
  }

  @Override
  public String toString() {
    var pairs = new ArrayList<String>();
    members.forEach((name, urls) -> urls.forEach(url -> pairs.add(name + "=" + url)));
    pairs.sort(null);
    return String.join(",", pairs);
  }

  private NamedMember named(String name, List<Url> urls) {
    return new NamedMember(memberId(name), name, texts(urls), false);
  }

  private void requireNew(HashSet<String> seen, Url url) {
    if (!seen.add(url.text())) {
      throw configuration("initial cluster " + this + " has duplicate url " + url);
    }
  }

  private static List<String> missing(List<Url> wanted, List<Url> present) {
    return wanted.stream().filter(url -> !present.contains(url)).map(Url::text).toList();
  }

  private static List<String> texts(List<Url> urls) {
    return urls.stream().map(Url::text).sorted().toList();
  }

  private static Url parseUrl(String text, String url) {
    try {
      return Url.parse(url);
    } catch (IllegalArgumentException e) {
      throw invalid(text, String.valueOf(e.getMessage()));
    }
  }

  private static RuntimeException invalid(String text, String what) {
    return configuration("invalid value \"" + text + "\" for --initial-cluster: " + what);
  }
}
