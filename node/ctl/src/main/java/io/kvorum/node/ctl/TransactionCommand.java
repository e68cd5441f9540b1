package io.kvorum.node.ctl;

import io.kvorum.node.proto.etcd.KVGrpc;
import io.kvorum.node.proto.etcd.RequestOp;
import io.kvorum.node.proto.etcd.TxnRequest;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;

/// txn: compares, what to do when they hold and what else, read line by line.
final class TransactionCommand {

  static final Command TXN =
      new Command(
          "txn",
          "",
          "do several things at once if comparisons hold",
          """
          Reads three groups of lines from standard input, an empty line ends each:
          comparisons, requests when all hold, requests when one does not.
            comparison: TARGET("key") OP "value", OP one of = != < >, TARGET one of
                        version ver, create c, mod m, value val, lease (value in hexadecimal)
            request:    get ..., put ..., del ... as on the command line\
          """,
          List.of(Flag.toggle("interactive", "print a prompt before each group").withLetter('i')),
          TransactionCommand::run);

  private static final Parser REQUESTS =
      new Parser(
          List.of(KeyValueCommands.GET, KeyValueCommands.PUT, KeyValueCommands.DELETE), List.of());

  private TransactionCommand() {}

  private static void run(Invocation invocation) throws Failure, IOException {
    if (!invocation.arguments().isEmpty()) {
      throw Failure.badArguments("txn command does not accept argument");
    }
    var lines = new Lines(invocation.console().input());
    var request = TxnRequest.newBuilder();
    prompt(invocation, "compares:");
    for (String line : group(lines)) {
      request.addCompare(Comparison.parse(line));
    }
    prompt(invocation, "success requests (get, put, del):");
    for (String line : group(lines)) {
      request.addSuccess(operation(line));
    }
    prompt(invocation, "failure requests (get, put, del):");
    for (String line : group(lines)) {
      request.addFailure(operation(line));
    }
    TxnRequest txn = request.build();
    invocation.print(
        new Answer.Txn(
            invocation.client().write(channel -> KVGrpc.newBlockingStub(channel).txn(txn))));
  }

  private static void prompt(Invocation invocation, String text) throws Output.Closed {
    if (invocation.flags().on("interactive")) {
      invocation.console().output().line(text);
      invocation.console().output().flush();
    }
  }

  private static List<String> group(Lines lines) throws Failure, IOException {
    var group = new ArrayList<String>();
    while (true) {
      String line = lines.next();
      if (line == null) {
        throw Failure.invalidInput("EOF");
      }
      if (line.isBlank()) {
        return group;
      }
      group.add(line.strip());
    }
  }

  private static RequestOp operation(String line) throws Failure, IOException {
    List<String> words = Words.split(line);
    String shown = Flags.bytes(line).toStringUtf8();
    if (words.size() < 2) {
      throw Failure.invalidInput("invalid txn compare request: " + shown);
    }
    if (REQUESTS.commands().stream().noneMatch(known -> known.path().equals(words.getFirst()))) {
      throw Failure.invalidInput("invalid txn request: " + shown);
    }
    Parser.Request parsed;
    try {
      parsed = REQUESTS.parse(words);
    } catch (Failure e) {
      throw Failure.invalidInput("invalid txn request: " + shown + " (" + e.text() + ")");
    }
    if (!(parsed instanceof Parser.Request.Run(CommandLine request))) {
      throw Failure.invalidInput("invalid txn request: " + shown);
    }
    var op = RequestOp.newBuilder();
    switch (request.command().path()) {
      case "get" ->
          op.setRequestRange(KeyValueCommands.rangeRequest(request.flags(), request.arguments()));
      case "put" ->
          op.setRequestPut(
              KeyValueCommands.putRequest(
                  request.flags(), request.arguments(), InputStream.nullInputStream()));
      case "del" ->
          op.setRequestDeleteRange(
              KeyValueCommands.deleteRequest(request.flags(), request.arguments()));
      default -> throw new IllegalStateException("not one of the requests: " + request);
    }
    return op.build();
  }
}
