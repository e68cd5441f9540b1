package io.kvorum.localkube.api;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// The resources that are served now: built-in ones, and those that definitions add.
public final class Catalogue {

  private final List<ResourceType> builtins = Builtins.all();
  private volatile List<ResourceType> all = builtins;

  /// Replaces the custom resources.
  void setCustom(List<ResourceType> custom) {
    var list = new ArrayList<>(builtins);
    list.addAll(custom);
    all = List.copyOf(list);
  }

  public List<ResourceType> all() {
    return all;
  }

  public Optional<ResourceType> find(String group, String version, String plural) {
    return all.stream()
        .filter(type ->
            type.group().equals(group)
                && type.version().equals(version)
                && type.plural().equals(plural))
        .findFirst();
  }

  public Optional<ResourceType> ofKind(String apiVersion, String kind) {
    return all.stream()
        .filter(type -> type.apiVersion().equals(apiVersion) && type.kind().equals(kind))
        .findFirst();
  }

  /// A built-in resource, by its qualified name.
  public ResourceType builtin(String qualified) {
    return builtins.stream()
        .filter(type -> type.qualified().equals(qualified))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("no built-in resource " + qualified));
  }

  /// Group names in the order of discovery.
  public Set<String> groups() {
    var groups = new LinkedHashSet<String>();
    all.forEach(type -> groups.add(type.group()));
    groups.remove("");
    return groups;
  }

  /// The versions of a group, the preferred one first.
  public List<String> versions(String group) {
    return all.stream()
        .filter(type -> type.group().equals(group))
        .map(ResourceType::version)
        .distinct()
        .sorted(Comparator.comparingInt(Catalogue::rank).reversed())
        .toList();
  }

  public List<ResourceType> in(String group, String version) {
    return all.stream()
        .filter(type -> type.group().equals(group) && type.version().equals(version))
        .toList();
  }

  /// `v2` before `v1`, released before beta before alpha.
  private static int rank(String version) {
    String digits = version.replaceAll("^v(\\d+).*", "$1");
    int major = digits.matches("\\d{1,4}") ? Integer.parseInt(digits) : 0;
    int maturity = version.contains("alpha") ? 0 : version.contains("beta") ? 1 : 2;
    return maturity * 10_000 + major;
  }
}
