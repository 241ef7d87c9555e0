"""The page's style sheet, in Python so that it is in every build without a word about data files."""

STYLE = """\
:root { --ink: #16202a; --soft: #56616c; --line: #d5dbe1; --paper: #f5f7f9; --card: #fff; --link: #0b57a4;
  --good: #14693c; --wait: #7a4b00; --bad: #a01c1c; color-scheme: light; }
* { box-sizing: border-box; }
body { margin: 0; font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); }
header { background: #16202a; color: #fff; padding: 1.25rem 1rem; }
header > *, main { max-width: 72rem; margin: 0 auto; }
h1 { font-size: 1.5rem; } h2 { margin: 0; font-size: 1.2rem; }
.warning { margin: .5rem auto 0; padding: .5rem .75rem; background: #ffe9a8; color: #3d2c00; border-radius: .4rem; }
main { max-width: 74rem; padding: 1rem; }
section { background: var(--card); border: 1px solid var(--line); border-radius: .6rem; padding: 1rem;
  margin: 0 0 1rem; }
.facts { margin: .25rem 0 .75rem; color: var(--soft); overflow-wrap: anywhere; }
code { background: var(--paper); padding: .1rem .3rem; border-radius: .25rem; }
table { width: 100%; border-collapse: collapse; }
caption { text-align: start; color: var(--soft); padding: .25rem 0; }
th, td { text-align: start; vertical-align: top; padding: .5rem; border-top: 1px solid var(--line);
  overflow-wrap: anywhere; }
.status { font-weight: 600; white-space: nowrap; }
.approved { color: var(--good); } .pending { color: var(--wait); } .rejected { color: var(--bad); }
form { display: flex; flex-wrap: wrap; gap: .4rem; margin: 0; }
form.all { margin: .5rem 0; }
button { font: inherit; font-size: .9rem; min-height: 2.2rem; padding: .25rem .7rem; cursor: pointer;
  color: var(--ink); background: #fff; border: 1px solid #7d8894; border-radius: .4rem; }
button:hover { background: #e9eef3; }
button:focus-visible, a:focus-visible, summary:focus-visible { outline: 3px solid #1b74d0; outline-offset: 2px; }
button.danger { color: var(--bad); border-color: var(--bad); }
a { color: var(--link); }
summary { cursor: pointer; color: var(--link); }
dl { margin: .25rem 0; } dt { color: var(--soft); } dd { margin: 0 0 .4rem; white-space: pre-wrap; }
nav { display: flex; gap: 1rem; padding: .5rem 0; }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
@media (max-width: 48rem) {
  table, tbody, tr, td, caption { display: block; }
  thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  tr { border-top: 1px solid var(--line); padding: .5rem 0; }
  td { border: 0; padding: .15rem 0; }
  button { min-height: 2.75rem; }
}
"""
