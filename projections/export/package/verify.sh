#!/bin/sh
# Prüft dieses Paket ohne Ratsbuch: mit openssl (ab 3.0), sha512sum, xmllint, awk und od.
# Was geprüft wird und was das zeigt, steht in LIESMICH.txt. Aufruf: sh verify.sh, mit bekanntem Anker: ANKER=... sh verify.sh
# Rückgabe: 0 nichts verändert gefunden, 3 ein Werkzeug fehlt, 4 Abweichung festgestellt.
set -eu
LC_ALL=C
export LC_ALL
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
bad=0
fail() { bad=$((bad + 1)); printf 'ABWEICHUNG  %s\n' "$1"; }
for tool in openssl sha512sum xmllint awk od find sort; do
  command -v "$tool" >/dev/null || { printf 'Es fehlt das Werkzeug %s.\n' "$tool" >&2; exit 3; }
done
hex() { od -An -v -tx1 | tr -d ' \n'; }
# Hexadezimale Ziffern als Bytes schreiben; printf kennt überall nur oktale Zahlen.
bytes() {
  awk -v text="$1" 'BEGIN { digits = "0123456789abcdef"; for (i = 1; i < length(text); i += 2) printf "\\%03o",
    16 * (index(digits, substr(text, i, 1)) - 1) + index(digits, substr(text, i + 1, 1)) - 1 }' >"$work/octal"
  # shellcheck disable=SC2059
  printf "$(cat "$work/octal")"
}
url64() { awk '{ gsub(/-/, "+"); gsub(/_/, "/"); while (length($0) % 4) $0 = $0 "="; print }' | openssl base64 -d -A; }
to_url64() { openssl base64 -A | tr '+/' '-_' | tr -d '='; }

echo '1  Dateien: Verzeichnisse des Pakets (BagIt 1.0, SHA-512)'
for list in tagmanifest-sha512.txt manifest-sha512.txt; do
  sha512sum --quiet --strict -c "$list" >"$work/sums" 2>&1 || fail "$list: $(head -3 "$work/sums" | tr '\n' ' ')"
done
{ sed 's/^[0-9a-f]*  //' manifest-sha512.txt tagmanifest-sha512.txt; echo tagmanifest-sha512.txt; } | sort >"$work/named"
find . ! -type d | sed 's|^\./||' | sort >"$work/there"
comm -13 "$work/named" "$work/there" >"$work/surplus"
while read -r name; do fail "überzählige Datei $name"; done <"$work/surplus"

echo '2  Aufbau: Auszug gegen sein Schema'
xmllint --nonet --noout --schema data/schemata/xratsbuch-1.0.0.xsd data/xml/auszug.xml 2>"$work/lint" ||
  fail "$(head -1 "$work/lint")"

# Jeder Eintrag wird eine Zeile: position strom folgenummer art wert offenlegungen weggelassen pfad
xmllint --nonet --noblanks --format data/xml/auszug.xml | awk '
  function text(line) { sub(/^[^>]*>/, "", line); sub(/<.*$/, "", line); return line }
  function finish() {
    if (part == "wert" || part == "protokolleintrag") { kind = part; value = body }
    if (part == "offenlegung") given = given "," body
    part = ""
  }
  function collect(line, last) {
    last = line ~ /<\//
    sub(/<.*$/, "", line); gsub(/[ \t\r]/, "", line); body = body line
    if (last) finish()
  }
  { sub(/^ */, ""); name = $0; sub(/^<\/?[A-Za-z0-9]*:/, "", name); sub(/[ >\/].*$/, "", name) }
  name == "inhalt" { exit }
  part != "" { collect($0); next }
  name == "eintrag" && /^<\// { inside = 0; print position, stream, seq, kind, value, given ".", left ".", path "."; next }
  name == "eintrag" { inside = 1; given = left = path = ""; kind = value = "-" }
  !inside { next }
  name == "position" { position = text($0) }
  name == "strom" { stream = text($0) }
  name == "folgenummer" { seq = text($0) }
  name == "hashwert" { left = left "," text($0) }
  name == "pfadHashwert" { path = path "," text($0) }
  name == "wert" || name == "protokolleintrag" || name == "offenlegung" {
    part = name; body = ""; line = $0; sub(/^[^>]*>/, "", line); collect(line)
  }
' >"$work/entries"
count=$(wc -l <"$work/entries" | tr -d ' ')
[ "$count" -gt 0 ] || fail 'der Auszug hat keinen Eintrag'

echo '3  Prüfpunkt: Unterschrift des Protokolls (Ed25519)'
note=data/protokoll/checkpoint
origin=$(sed -n 1p "$note"); size=$(sed -n 2p "$note"); root=$(sed -n 3p "$note")
awk '/^$/ { exit } { print }' "$note" >"$work/text"
found=no
for vkey in data/protokoll/log.vkey data/protokoll/log-[0-9]*.vkey; do
  [ -f "$vkey" ] || continue
  public=$(sed 's/^[^+]*+[^+]*+//' "$vkey" | openssl base64 -d -A | hex | cut -c3-)
  name=$(sed 's/+.*//' "$vkey"); id=$(sed "s/^[^+]*+//; s/+.*//" "$vkey")
  bytes "302a300506032b6570032100$public" | openssl pkey -pubin -inform DER -out "$work/log.pem" 2>/dev/null || continue
  awk -v name="$name" '$1 == "\342\200\224" && $2 == name { print $3 }' "$note" >"$work/lines"
  while read -r line; do
    printf '%s' "$line" | openssl base64 -d -A >"$work/raw"
    [ "$(head -c 4 "$work/raw" | hex)" = "$id" ] || continue
    tail -c +5 "$work/raw" >"$work/sig"
    if openssl pkeyutl -verify -pubin -inkey "$work/log.pem" -rawin -in "$work/text" -sigfile "$work/sig" >/dev/null 2>&1; then
      found=yes
    fi
  done <"$work/lines"
done
[ "$found" = yes ] || fail 'der Prüfpunkt ist nicht vom Protokoll dieses Registers unterschrieben'

echo "4  Einträge: $count, jeder mit Unterschrift, Kette, Offenlegungen und Platz im Protokoll ($size Einträge)"
root_hex=$(printf '%s' "$root" | openssl base64 -d -A | hex)
mkdir "$work/last"
node() { bytes "01$1$2" | openssl dgst -sha256 -binary | hex; }
stack=''
anchor=''
while read -r position stream seq kind value given left path; do
  where="Position $position ($stream#$seq)"
  printf '%s' "$value" | openssl base64 -d -A >"$work/token"
  previous=$(cat "$work/last/$stream" 2>/dev/null || echo '0 -')
  if [ "$kind" = wert ]; then
    openssl dgst -sha512 -binary "$work/token" >"$work/entry"
    [ "$position" = 1 ] && anchor=$(openssl dgst -sha256 -binary "$work/token" | hex)
    head=$(cut -d. -f1 "$work/token"); body=$(cut -d. -f2 "$work/token"); signature=$(cut -d. -f3 "$work/token")
    printf '%s' "$head" | url64 >"$work/head"; printf '%s' "$body" | url64 >"$work/body"
    algorithm=$(sed 's/.*"alg":"\([A-Z0-9]*\)".*/\1/' "$work/head")
    key=$(sed 's/.*"x5t#S256":"\([A-Za-z0-9_-]*\)".*/\1/' "$work/head" | url64 | hex)
    printf '%s.%s' "$head" "$body" >"$work/signed"
    printf '%s' "$signature" | url64 | hex >"$work/sighex"
    case $algorithm in
      ES256 | ES384)
        awk '{ half = length($0) / 2; part[1] = substr($0, 1, half); part[2] = substr($0, half + 1)
          for (i = 1; i <= 2; i++) { sub(/^(00)+/, "", part[i]); if (part[i] ~ /^[89a-f]/) part[i] = "00" part[i]
            all = all sprintf("02%02x%s", length(part[i]) / 2, part[i]) }
          printf "30%02x%s", length(all) / 2, all }' "$work/sighex" >"$work/der"
        bytes "$(cat "$work/der")" >"$work/sig"
        hash=sha256; [ "$algorithm" = ES384 ] && hash=sha384
        set -- ;;
      *)
        bytes "$(cat "$work/sighex")" >"$work/sig"
        hash=sha256; set -- -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:32 ;;
    esac
    openssl dgst -$hash -verify "data/schluessel/$key.pem" "$@" -signature "$work/sig" "$work/signed" >/dev/null 2>&1 ||
      fail "$where: die Unterschrift passt nicht"
    grep -Fq "\"sub\":\"$stream\"" "$work/body" || fail "$where: der Eintrag nennt einen anderen Strom"
    grep -Fq "\"seq\":$seq," "$work/body" || fail "$where: der Eintrag nennt einen anderen Platz"
    if [ "$seq" != 1 ] && [ "${previous#* }" != - ]; then
      grep -Fq "\"prev\":\"${previous#* }\"" "$work/body" || fail "$where: folgt nicht auf den Eintrag davor"
    fi
    for text in $(printf '%s' "$given" | tr ',' ' '); do
      [ "$text" = . ] && continue
      digest=$(printf '%s' "${text%.}" | openssl base64 -d -A | openssl dgst -sha256 -binary | to_url64)
      grep -Fq "\"$digest\"" "$work/body" || fail "$where: eine Offenlegung gehört nicht dazu"
    done
    for digest in $(printf '%s' "$left" | tr ',' ' '); do
      [ "$digest" = . ] && continue
      grep -Fq "\"${digest%.}\"" "$work/body" || fail "$where: weggelassen ist, was der Eintrag nicht hat"
    done
  else
    cp "$work/token" "$work/entry"
  fi
  [ "$seq" = $((${previous%% *} + 1)) ] || fail "$where: davor fehlt ein Eintrag des Stroms"
  printf '%s %s' "$seq" "$(to_url64 <"$work/entry")" >"$work/last/$stream"
  hash=$({ printf '\000'; cat "$work/entry"; } | openssl dgst -sha256 -binary | hex)
  if [ "$path" = . ] && [ "$size" != 1 ]; then
    # Alle Einträge sind da: die Wurzel entsteht aus ihnen (RFC 9162, 2.1.1).
    at=$position
    while [ $((at % 2)) = 0 ]; do
      hash=$(node "${stack##* }" "$hash"); stack=${stack% *}; at=$((at / 2))
    done
    stack="$stack $hash"
  else
    # Der Pfad dieses Eintrags zur Wurzel (RFC 9162, 2.1.3.2).
    fn=$((position - 1)); sn=$((size - 1))
    for step in $(printf '%s' "$path" | tr ',' ' '); do
      [ "$step" = . ] && continue
      step=$(printf '%s' "${step%.}" | openssl base64 -d -A | hex)
      if [ $((fn % 2)) = 1 ] || [ "$fn" = "$sn" ]; then
        hash=$(node "$step" "$hash")
        while [ $((fn % 2)) = 0 ] && [ "$fn" != 0 ]; do fn=$((fn / 2)); sn=$((sn / 2)); done
      else
        hash=$(node "$hash" "$step")
      fi
      fn=$((fn / 2)); sn=$((sn / 2))
    done
    [ "$hash" = "$root_hex" ] || fail "$where: der Pfad führt nicht zur Wurzel des Prüfpunkts"
  fi
done <"$work/entries"
if [ -n "$stack" ]; then
  # shellcheck disable=SC2086
  set -- $stack
  hash=''
  while [ $# -gt 0 ]; do
    eval "top=\${$#}"
    if [ -z "$hash" ]; then hash=$top; else hash=$(node "$top" "$hash"); fi
    rest=''; i=1
    for each in "$@"; do [ "$i" -lt $# ] && rest="$rest $each"; i=$((i + 1)); done
    # shellcheck disable=SC2086
    set -- $rest
  done
  [ "$hash" = "$root_hex" ] || fail 'aus den Einträgen entsteht eine andere Wurzel als die des Prüfpunkts'
fi

echo "Register    $origin"
echo "Anker       $anchor"
echo "Prüfpunkt   $size Einträge, Wurzel $root"
if [ "$bad" -gt 0 ]; then
  echo "ERGEBNIS    Abweichung festgestellt ($bad)"
  exit 4
fi
echo 'ERGEBNIS    in sich stimmig; nichts wurde verändert gefunden'
if [ -z "${ANKER:-}" ]; then
  echo '            Ob es das richtige Register ist, zeigt der Anker: vergleichen Sie ihn mit einem, den Sie von'
  echo '            anderswo haben (ANKER=... sh verify.sh), und den Prüfpunkt mit einer Zeile unter der Niederschrift.'
  exit 0
fi
[ "$ANKER" = "$anchor" ] || { echo 'ABWEICHUNG  der Anker ist ein anderer'; exit 4; }
echo '            Der Anker stimmt mit dem genannten überein.'
