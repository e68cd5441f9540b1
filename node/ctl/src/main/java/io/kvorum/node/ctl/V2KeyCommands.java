package io.kvorum.node.ctl;

import io.kvorum.node.ctl.V2Client.Request;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Keys and directories of API v2.
final class V2KeyCommands {

  private static final Flag TTL = Flag.number("ttl", "seconds after which it goes; 0: never");
  private static final Flag SORT = Flag.toggle("sort", "in the order of the keys");
  private static final Flag QUORUM =
      Flag.toggle("quorum", "ask a quorum, not the member alone").withLetter('q');
  private static final Flag RECURSIVE =
      Flag.toggle("recursive", "all that is below, too").withLetter('r');

  static final List<V2Command> ALL =
      List.of(
          new V2Command(
              "get", "KEY", "show a key's value", List.of(SORT, QUORUM), V2KeyCommands::get),
          new V2Command(
              "set",
              "KEY VALUE",
              "set a key",
              List.of(
                  TTL,
                  Flag.text("swap-with-value", "", "only if this is its value"),
                  Flag.number("swap-with-index", "only if it was changed at this index last")),
              V2KeyCommands::set),
          new V2Command(
              "mk",
              "KEY VALUE",
              "make a key that is not there",
              List.of(Flag.toggle("in-order", "below KEY, under a number that grows"), TTL),
              V2KeyCommands::make),
          new V2Command(
              "update",
              "KEY VALUE",
              "set a key that is there",
              List.of(TTL),
              invocation -> put(invocation, invocation.value(), "true")),
          new V2Command(
              "rm",
              "KEY",
              "remove a key or a directory",
              List.of(
                  Flag.toggle("dir", "also an empty directory"),
                  RECURSIVE,
                  Flag.text("with-value", "", "only if this is its value"),
                  Flag.number("with-index", "only if it was changed at this index last")),
              V2KeyCommands::remove),
          new V2Command(
              "mkdir",
              "KEY",
              "make a directory that is not there",
              List.of(TTL),
              invocation -> directory(invocation, "false")),
          new V2Command(
              "setdir",
              "KEY",
              "make a directory",
              List.of(TTL),
              invocation -> directory(invocation, null)),
          new V2Command(
              "updatedir",
              "KEY",
              "change how long a directory stays",
              List.of(TTL),
              invocation -> directory(invocation, "true")),
          new V2Command(
              "rmdir",
              "KEY",
              "remove an empty directory",
              List.of(),
              invocation -> remove(invocation, Map.of("dir", "true"))),
          new V2Command(
              "ls",
              "[KEY]",
              "list a directory",
              List.of(SORT, RECURSIVE, Flag.toggle("p", "a slash behind each directory"), QUORUM),
              V2KeyCommands::list));

  private V2KeyCommands() {}

  private static V2Event ask(V2Invocation invocation, Request request)
      throws Failure, Output.Closed {
    try (V2Client client = invocation.client()) {
      return client.key(request);
    }
  }

  private static void get(V2Invocation invocation) throws Failure, IOException {
    V2Event event =
        ask(
            invocation,
            new Request(
                "GET",
                V2Client.keyPath(invocation.key()),
                reading(invocation.flags(), false),
                Map.of()));
    if (event.node().dir()) {
      invocation.console().errors().line(event.node().key() + ": is a directory");
      throw Failure.error("");
    }
    invocation.print(event);
  }

  private static Map<String, String> reading(Flags flags, boolean recursive) {
    var query = new LinkedHashMap<String, String>();
    query.put("quorum", Boolean.toString(flags.on("quorum")));
    query.put("recursive", Boolean.toString(recursive));
    query.put("sorted", Boolean.toString(flags.on("sort")));
    return query;
  }

  private static void set(V2Invocation invocation) throws Failure, IOException {
    String key = invocation.key();
    String value = invocation.value();
    var query = comparing(invocation.flags(), "swap-with-value", "swap-with-index");
    invocation.print(
        ask(
            invocation,
            new Request("PUT", V2Client.keyPath(key), query, form(invocation.flags(), value))));
  }

  private static Map<String, String> comparing(Flags flags, String value, String index) {
    var query = new LinkedHashMap<String, String>();
    if (!flags.raw(value).isEmpty()) {
      query.put("prevValue", flags.raw(value));
    }
    if (flags.number(index) != 0) {
      query.put("prevIndex", Long.toString(flags.number(index)));
    }
    return query;
  }

  private static Map<String, String> form(Flags flags, @Nullable String value) {
    var form = new LinkedHashMap<String, String>();
    if (value != null) {
      form.put("value", value);
    }
    if (flags.number("ttl") > 0) {
      form.put("ttl", Long.toString(flags.number("ttl")));
    }
    return form;
  }

  private static void make(V2Invocation invocation) throws Failure, IOException {
    String key = invocation.key();
    String value = invocation.value();
    if (invocation.flags().on("in-order")) {
      invocation.print(
          ask(
              invocation,
              new Request(
                  "POST", V2Client.keyPath(key), Map.of(), form(invocation.flags(), value))));
    } else {
      put(invocation, value, "false");
    }
  }

  private static void put(V2Invocation invocation, String value, String exists)
      throws Failure, IOException {
    invocation.print(
        ask(
            invocation,
            new Request(
                "PUT",
                V2Client.keyPath(invocation.key()),
                Map.of("prevExist", exists),
                form(invocation.flags(), value))));
  }

  private static void directory(V2Invocation invocation, @Nullable String exists)
      throws Failure, IOException {
    var query = new LinkedHashMap<String, String>();
    query.put("dir", "true");
    if (exists != null) {
      query.put("prevExist", exists);
    }
    V2Event event =
        ask(
            invocation,
            new Request(
                "PUT", V2Client.keyPath(invocation.key()), query, form(invocation.flags(), null)));
    if (!invocation.plain()) {
      invocation.print(event);
    }
  }

  private static void remove(V2Invocation invocation) throws Failure, IOException {
    var query = comparing(invocation.flags(), "with-value", "with-index");
    for (String flag : List.of("dir", "recursive")) {
      if (invocation.flags().on(flag)) {
        query.put(flag, "true");
      }
    }
    remove(invocation, query);
  }

  private static void remove(V2Invocation invocation, Map<String, String> query)
      throws Failure, IOException {
    V2Event event =
        ask(invocation, new Request("DELETE", V2Client.keyPath(invocation.key()), query, Map.of()));
    if (!event.node().dir() || !invocation.plain()) {
      invocation.print(event);
    }
  }

  private static void list(V2Invocation invocation) throws Failure, IOException {
    String key = invocation.arguments().isEmpty() ? "/" : invocation.key();
    V2Event event =
        ask(
            invocation,
            new Request(
                "GET",
                V2Client.keyPath(key),
                reading(invocation.flags(), invocation.flags().on("recursive")),
                Map.of()));
    if (!invocation.plain()) {
      invocation.print(event);
    } else if (!event.node().dir()) {
      invocation.console().output().line(event.node().key());
    } else {
      show(event.node().children(), invocation.flags().on("p"), invocation.console().output());
    }
  }

  private static void show(List<V2Node> nodes, boolean slashes, Output output)
      throws Output.Closed {
    for (V2Node node : nodes) {
      output.line(node.key() + (node.dir() && slashes ? "/" : ""));
      show(node.children(), slashes, output);
    }
  }
}
