package io.kvorum.localkube.patch;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kvorum.localkube.json.Json;
import io.kvorum.localkube.schema.Schema;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Who owns which field of an object, and server-side apply, which asks for it.
public final class ManagedFields {

  /// Owner of all fields an object had before its first apply, when it had no owners at all.
  private static final String BEFORE_FIRST_APPLY = "before-first-apply";

  /// Fields nobody owns: identity and what the server keeps.
  private static final List<String> SERVER_FIELDS =
      List.of(
          "name",
          "generateName",
          "namespace",
          "uid",
          "resourceVersion",
          "generation",
          "creationTimestamp",
          "deletionTimestamp",
          "deletionGracePeriodSeconds",
          "selfLink",
          "managedFields");

  /// Who writes, and how.
  ///
  /// @param name the field manager
  /// @param apiVersion the version the fields are written in
  /// @param subresource `status`, `scale`, or ""
  /// @param time the moment of the write, for the record
  public record Manager(String name, String apiVersion, String subresource, String time) {}

  /// What an apply led to.
  public sealed interface Applied {
    record Merged(ObjectNode object) implements Applied {}

    record Conflicts(List<Conflict> conflicts) implements Applied {}
  }

  /// One field that somebody else owns with another value.
  public record Conflict(String manager, String apiVersion, String operation, String field) {
    public String message() {
      String verb = operation.equals("Apply") ? "" : " using " + apiVersion;
      return "conflict with \"" + manager + "\"" + verb;
    }
  }

  /// One owner's entry.
  private record Entry(
      String manager,
      String operation,
      String apiVersion,
      String subresource,
      String time,
      FieldSet fields) {

    Entry with(FieldSet other) {
      return new Entry(manager, operation, apiVersion, subresource, time, other);
    }

    boolean same(Manager who, String how) {
      return manager.equals(who.name())
          && operation.equals(how)
          && subresource.equals(who.subresource());
    }
  }

  private ManagedFields() {}

  /// Records a create or update: what changed now belongs to the writer. Changes `after`.
  public static void recordUpdate(
      @Nullable ObjectNode before, ObjectNode after, Schema schema, Manager writer) {
    ObjectNode base = before == null ? Json.object() : before;
    List<Entry> entries = read(cleared(after) ? Json.object() : base);
    FieldSet changed = owned(TypedMerge.changed(base, after, schema), writer);
    FieldSet present = FieldSet.of(after, schema);
    FieldSet removed = owned(FieldSet.of(base, schema), writer).minus(present);
    var result = new ArrayList<Entry>();
    FieldSet mine = changed;
    String since = writer.time();
    for (Entry entry : entries) {
      FieldSet left = entry.fields().minus(removed);
      if (entry.same(writer, "Update")) {
        mine = mine.union(left);
        since = changed.isEmpty() && left.equals(entry.fields()) ? entry.time() : since;
      } else {
        result.add(entry.with(left.minus(changed)));
      }
    }
    result.add(
        new Entry(writer.name(), "Update", writer.apiVersion(), writer.subresource(), since, mine));
    write(after, result);
  }

  /// A client that sends an explicitly empty list forgets all owners.
  private static boolean cleared(ObjectNode object) {
    JsonNode sent = Json.at(object, "metadata", "managedFields");
    return sent != null
        && (sent.isEmpty() || (sent.size() == 1 && Json.text(sent.get(0), "manager").isEmpty()));
  }

  /// Applies a configuration on the live object (null when there is none).
  public static Applied apply(
      @Nullable ObjectNode live,
      ObjectNode applied,
      Schema schema,
      Manager applier,
      boolean force) {
    ObjectNode base = live == null ? Json.object() : live;
    List<Entry> entries = read(base);
    if (live != null && entries.isEmpty()) {
      entries.add(beforeFirstApply(base, schema, applier));
    }
    FieldSet wanted = owned(FieldSet.of(applied, schema), applier);
    ObjectNode merged = (ObjectNode) TypedMerge.merge(live, applied, schema);
    FieldSet changed = TypedMerge.changed(base, merged, schema);
    List<Conflict> conflicts = conflicts(entries, applier, changed.intersect(wanted));
    if (!conflicts.isEmpty() && !force) {
      return new Applied.Conflicts(conflicts);
    }
    FieldSet kept = wanted;
    FieldSet last = FieldSet.NONE;
    var result = new ArrayList<Entry>();
    String since = applier.time();
    for (Entry entry : entries) {
      if (entry.same(applier, "Apply")) {
        last = entry.fields();
        since = last.equals(wanted) ? entry.time() : since;
      } else {
        FieldSet left = entry.fields().minus(changed.intersect(wanted));
        kept = kept.union(left);
        result.add(entry.with(left));
      }
    }
    TypedMerge.cut(merged, last.minus(wanted), kept, schema);
    result.add(
        new Entry(
            applier.name(), "Apply", applier.apiVersion(), applier.subresource(), since, wanted));
    write(merged, result);
    return new Applied.Merged(merged);
  }

  private static Entry beforeFirstApply(ObjectNode live, Schema schema, Manager applier) {
    var writer = new Manager(BEFORE_FIRST_APPLY, applier.apiVersion(), "", applier.time());
    return new Entry(
        writer.name(),
        "Update",
        writer.apiVersion(),
        "",
        writer.time(),
        owned(FieldSet.of(live, schema), writer));
  }

  private static List<Conflict> conflicts(List<Entry> entries, Manager applier, FieldSet changed) {
    var conflicts = new ArrayList<Conflict>();
    for (Entry entry : entries) {
      if (!entry.same(applier, "Apply")) {
        for (String path : entry.fields().intersect(changed).paths()) {
          conflicts.add(new Conflict(entry.manager(), entry.apiVersion(), entry.operation(), path));
        }
      }
    }
    return conflicts;
  }

  /// What of a set a writer can own: not the server's fields, and on a subresource only its part.
  private static FieldSet owned(FieldSet set, Manager writer) {
    FieldSet left = new FieldSet(false, set.children()).without("apiVersion").without("kind");
    for (String name : SERVER_FIELDS) {
      left = left.without("metadata", name);
    }
    FieldSet metadata = left.children().get("f:metadata");
    if (metadata != null && metadata.children().isEmpty()) {
      left = left.without("metadata");
    }
    return writer.subresource().equals("status") ? left.onlyBelow("status") : left;
  }

  private static List<Entry> read(ObjectNode object) {
    var entries = new ArrayList<Entry>();
    for (JsonNode each : Json.items(object, "metadata", "managedFields")) {
      JsonNode fields = Json.at(each, "fieldsV1");
      entries.add(
          new Entry(
              Json.text(each, "manager"),
              Json.text(each, "operation"),
              Json.text(each, "apiVersion"),
              Json.text(each, "subresource"),
              Json.text(each, "time"),
              fields == null ? FieldSet.NONE : FieldSet.parse(fields)));
    }
    return entries;
  }

  /// Writes the entries; of equal ones the last, and none without fields. Applies stand first.
  private static void write(ObjectNode object, List<Entry> entries) {
    Map<String, Entry> distinct = new LinkedHashMap<>();
    for (Entry each : entries) {
      if (!each.fields().isEmpty()) {
        distinct.put(each.manager() + "/" + each.operation() + "/" + each.subresource(), each);
      }
    }
    ObjectNode metadata = Json.with(object, "metadata");
    metadata.remove("managedFields");
    if (distinct.isEmpty()) {
      return;
    }
    ArrayNode list = metadata.putArray("managedFields");
    distinct.values().stream()
        .sorted(Comparator.comparing(Entry::operation).thenComparing(Entry::time))
        .forEach(each -> list.add(toJson(each)));
  }

  private static ObjectNode toJson(Entry entry) {
    ObjectNode node = Json.object();
    node.put("manager", entry.manager());
    node.put("operation", entry.operation());
    node.put("apiVersion", entry.apiVersion());
    node.put("time", entry.time());
    node.put("fieldsType", "FieldsV1");
    node.set("fieldsV1", entry.fields().toJson());
    if (!entry.subresource().isEmpty()) {
      node.put("subresource", entry.subresource());
    }
    return node;
  }
}
