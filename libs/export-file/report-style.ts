const screenAndPaper = `
:root { color-scheme: light; }
body { font: 10pt/1.45 system-ui, sans-serif; color: #16191d; background: #fff; margin: 2rem auto; max-width: 72rem; padding: 0 1rem; }
h1 { font-size: 18pt; margin: 0 0 .2rem; } h2 { font-size: 12pt; margin: 1.6rem 0 .4rem; }
p { max-width: 52rem; } code, .m { font: 8.5pt/1.35 ui-monospace, monospace; overflow-wrap: anywhere; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1rem; margin: 0; }
dt { color: #555c66; } dd { margin: 0; overflow-wrap: anywhere; }
table { border-collapse: collapse; width: 100%; table-layout: fixed; }
th { text-align: left; font-weight: 600; border-bottom: 1.5pt solid #16191d; }
td { border-bottom: .5pt solid #c9ced6; } th, td { padding: .25rem .4rem; vertical-align: top; overflow-wrap: anywhere; }
thead { display: table-header-group; } tr { break-inside: avoid; }
.n { text-align: right; width: 4.5rem; } .t { width: 8.5rem; } .w { width: 13rem; } .s { width: 11rem; }
.why { font-style: italic; } .d { color: #555c66; }
@page { size: A4 landscape; margin: 14mm; }
@media print { body { margin: 0; max-width: none; padding: 0; font-size: 8.5pt; } h2 { break-after: avoid; } }
`.trim();

const pageNumbers = `
@page { @bottom-left { content: "Holdfast audit export"; font: 7.5pt system-ui, sans-serif; color: #555c66; }
@bottom-right { content: counter(page) " / " counter(pages); font: 7.5pt system-ui, sans-serif; color: #555c66; } }
`.trimEnd();

/** Prints on A4 and Letter: numbered pages, the heading of the table on every one, no row torn. */
export const style = screenAndPaper + pageNumbers;

/** Those of reports that are out there; what was exported before holds as it did. */
export const earlierStyles: readonly string[] = [screenAndPaper];
