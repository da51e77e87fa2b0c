/**
 * What a shell must load for Tab to work: each asks `kith __complete` with the words so far and
 * offers what it prints. One candidate a line, a tab, its meaning; `:files` asks for file names.
 *
 * @module
 */

const BASH = `# kith completion for bash: eval "$(kith completion bash)"
_kith() {
  local IFS=$'\\n' line
  COMPREPLY=()
  while IFS= read -r line; do
    if [[ $line == :files ]]; then
      compopt -o filenames 2>/dev/null
      COMPREPLY+=($(compgen -f -- "\${COMP_WORDS[COMP_CWORD]}"))
    else
      [[ \${line%%$'\\t'*} == *- ]] && compopt -o nospace 2>/dev/null
      COMPREPLY+=("$(printf '%q' "\${line%%$'\\t'*}")")
    fi
  done < <("\${COMP_WORDS[0]}" __complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -F _kith kith
`;

const ZSH = `#compdef kith
# kith completion for zsh: eval "$(kith completion zsh)"
_kith() {
  local line
  local -a found begun
  while IFS= read -r line; do
    if [[ $line == :files ]]; then _files
    elif [[ \${line%%$'\\t'*} == *- ]]; then begun+=("\${line%%$'\\t'*}")
    else found+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}")
    fi
  done < <("\${words[1]}" __complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)
  (( \${#begun} )) && compadd -S '' -a begun
  (( \${#found} )) && _describe 'kith' found
}
compdef _kith kith
`;

const FISH = `# kith completion for fish: kith completion fish | source
function __kith
  set -l words (commandline -opc) (commandline -ct)
  for line in ($words[1] __complete -- $words[2..-1] 2>/dev/null)
    if test "$line" = ":files"
      __fish_complete_path (commandline -ct)
    else
      echo $line
    end
  end
end
complete -c kith -f -a '(__kith)'
`;

export const COMPLETION_SCRIPTS: ReadonlyMap<string, string> = new Map([
  ["bash", BASH],
  ["zsh", ZSH],
  ["fish", FISH],
]);
