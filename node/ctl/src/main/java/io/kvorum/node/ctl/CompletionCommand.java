package io.kvorum.node.ctl;

import java.io.IOException;
import java.util.List;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/// completion: a script by which a shell completes commands and flags behind `kvorum ctl`.
final class CompletionCommand {

  static final Command COMPLETION =
      new Command(
          "completion",
          "SHELL",
          "print a script that lets a shell complete commands and flags",
          "SHELL is bash or zsh. Read it once a shell: source <(./kvorum ctl completion bash)",
          List.of(),
          CompletionCommand::run);

  private CompletionCommand() {}

  private static void run(Invocation invocation) throws Failure, IOException {
    if (invocation.arguments().size() != 1) {
      throw Failure.badArguments("completion needs one argument: bash or zsh");
    }
    String shell = invocation.argument(0);
    if (!shell.equals("bash") && !shell.equals("zsh")) {
      throw Failure.badArguments("no completion for " + GoText.quote(shell) + ": bash or zsh");
    }
    if (shell.equals("zsh")) {
      invocation.console().output().line("autoload -U +X bashcompinit && bashcompinit");
    }
    invocation.console().output().text(script());
  }

  /// Words lead from path to path; what may follow each path stands in a table.
  private static String script() {
    var text = new StringBuilder();
    text.append(
        """
        _kvorum_ctl() {
          [ "${COMP_WORDS[1]}" = ctl ] || return
          local current=${COMP_WORDS[COMP_CWORD]} at='' next='' word
          for word in "${COMP_WORDS[@]:2:COMP_CWORD-2}"; do
            case "$at $word" in
        """);
    var next = new TreeMap<String, TreeSet<String>>();
    for (Command command : Commands.all()) {
      String at = "";
      for (String word : command.path().split(" ", -1)) {
        next.computeIfAbsent(at, _ -> new TreeSet<>()).add(word);
        at = at.isEmpty() ? word : at + " " + word;
      }
      for (Flag flag : command.flags()) {
        next.computeIfAbsent(at, _ -> new TreeSet<>()).add("--" + flag.name());
      }
    }
    String steps =
        next.entrySet().stream()
            .flatMap(entry ->
                entry.getValue().stream()
                    .filter(word -> !word.startsWith("-"))
                    .map(word -> "'" + entry.getKey() + " " + word + "'"))
            .collect(Collectors.joining(" | "));
    text.append("      ").append(steps).append(") at=${at:+$at }$word ;;\n");
    text.append("    esac\n  done\n  case $at in\n");
    next.forEach((at, words) ->
        text.append("    '%s') next='%s' ;;\n".formatted(at, String.join(" ", words))));
    text.append("  esac\n  case $current in -*) next+=' ");
    text.append(
        Settings.FLAGS.stream().map(flag -> "--" + flag.name()).collect(Collectors.joining(" ")));
    text.append(
        """
        ' ;; esac
          COMPREPLY=($(compgen -W "$next" -- "$current"))
        }
        complete -o default -F _kvorum_ctl kvorum ./kvorum
        """);
    return text.toString();
  }
}
