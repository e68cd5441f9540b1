package io.kvorum.node.ctl;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// completion: a script by which a shell completes commands and flags behind `kvorum ctl`.
///
/// Words lead from path to path (the *steps*), and what may follow each path stands in a table.
/// Each script walks along the words typed so far and offers what the table has.
final class CompletionCommand {

  private static final String SHELLS = "bash, zsh, fish or powershell";

  static final Command COMPLETION =
      new Command(
          "completion",
          "SHELL",
          "print a script that lets a shell complete commands and flags",
          """
          SHELL is bash, zsh, fish or powershell. Read it once a shell:
            bash, zsh   source <(./kvorum ctl completion bash)
            fish        ./kvorum ctl completion fish | source
            powershell  ./kvorum ctl completion powershell | Out-String | Invoke-Expression
          """
              .strip(),
          List.of(),
          CompletionCommand::run);

  private CompletionCommand() {}

  private static void run(Invocation invocation) throws Failure, IOException {
    if (invocation.arguments().size() != 1) {
      throw Failure.badArguments("completion needs one argument: " + SHELLS);
    }
    String shell = invocation.argument(0);
    invocation
        .console()
        .output()
        .text(
            switch (shell) {
              case "bash" -> bash();
              case "zsh" -> "autoload -U +X bashcompinit && bashcompinit\n" + bash();
              case "fish" -> fish();
              case "powershell" -> powershell();
              default ->
                  throw Failure.badArguments(
                      "no completion for " + GoText.quote(shell) + ": " + SHELLS);
            });
  }

  /// What may follow each path: words and the command's own flags.
  private static Map<String, Set<String>> next() {
    var next = new TreeMap<String, Set<String>>();
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
    return next;
  }

  /// Each path with a word that leads on from it, a blank between, quoted.
  private static Stream<String> steps(Map<String, Set<String>> next) {
    return next.entrySet().stream()
        .flatMap(entry ->
            entry.getValue().stream()
                .filter(word -> !word.startsWith("-"))
                .map(word -> "'" + entry.getKey() + " " + word + "'"));
  }

  private static Stream<String> globals() {
    return Settings.FLAGS.stream().map(flag -> "--" + flag.name());
  }

  private static String bash() {
    Map<String, Set<String>> next = next();
    var cases = new StringBuilder();
    next.forEach((at, words) ->
        cases.append("    '%s') next='%s' ;;\n".formatted(at, String.join(" ", words))));
    return """
    _kvorum_ctl() {
      [ "${COMP_WORDS[1]}" = ctl ] || return
      local current=${COMP_WORDS[COMP_CWORD]} at='' next='' word
      for word in "${COMP_WORDS[@]:2:COMP_CWORD-2}"; do
        case "$at $word" in
          STEPS) at=${at:+$at }$word ;;
        esac
      done
      case $at in
    CASES  esac
      case $current in -*) next+=' GLOBALS' ;; esac
      COMPREPLY=($(compgen -W "$next" -- "$current"))
    }
    complete -o default -F _kvorum_ctl kvorum ./kvorum
    """
        .replace("STEPS", steps(next).collect(Collectors.joining(" | ")))
        .replace("CASES", cases)
        .replace("GLOBALS", globals().collect(Collectors.joining(" ")));
  }

  private static String fish() {
    Map<String, Set<String>> next = next();
    var cases = new StringBuilder();
    next.forEach((at, words) ->
        cases.append(
            "    case '%s'\n      printf '%%s\\n' %s\n".formatted(at, String.join(" ", words))));
    return """
    function __kvorum_ctl
      set -l words (commandline -opc)
      test (count $words) -ge 2; and test "$words[2]" = ctl; or return
      set -e words[1..2]
      set -l at ''
      for word in $words
        if contains -- "$at $word" STEPS
          set at (string trim -- "$at $word")
        end
      end
      switch "$at"
    CASES  end
      printf '%s\\n' GLOBALS
    end
    complete -c kvorum -f -a '(__kvorum_ctl)'
    """
        .replace("STEPS", steps(next).collect(Collectors.joining(" ")))
        .replace("CASES", cases)
        .replace("GLOBALS", globals().collect(Collectors.joining(" ")));
  }

  private static String powershell() {
    Map<String, Set<String>> next = next();
    var table = new StringBuilder();
    next.forEach(
        (at, words) -> table.append("    '%s' = '%s'\n".formatted(at, String.join(" ", words))));
    return """
    Register-ArgumentCompleter -Native -CommandName kvorum, ./kvorum -ScriptBlock {
      param($current, $line, $position)
      $words = @($line.CommandElements | ForEach-Object { $_.ToString() })
      if ($words.Count -lt 2 -or $words[1] -cne 'ctl') { return }
      $steps = @(STEPS)
      $next = @{
    TABLE  }
      $at = ''
      foreach ($word in ($words | Select-Object -Skip 2)) {
        if ($steps -ccontains "$at $word") { $at = "$at $word".Trim() }
      }
      $offered = @($next[$at] -split ' ')
      if ($current.StartsWith('-')) { $offered += @(GLOBALS) }
      $offered | Where-Object { $_.StartsWith($current) } | ForEach-Object {
        [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_)
      }
    }
    """
        .replace("STEPS", steps(next).collect(Collectors.joining(", ")))
        .replace("TABLE", table)
        .replace(
            "GLOBALS", globals().map(flag -> "'" + flag + "'").collect(Collectors.joining(", ")));
  }
}
