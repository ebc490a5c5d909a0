/** Checked by `npm run types`: names that a resource does not have are refused where they are written. */
import { link, text, unsigned } from '../../src/catalogue/fields.ts';
import { resource } from '../../src/catalogue/resource.ts';

const fields = { id: unsigned(), name: text(), owner: link('staff') };

resource({ singular: 'thing', plural: 'things', fields, titled: 'name', search: ['name'], requests: [] });
// @ts-expect-error 'nmae' is not one of this resource's fields
resource({ singular: 'thing', plural: 'things', fields, titled: 'nmae', requests: [] });
// @ts-expect-error 'nmae' is not one of this resource's fields
resource({ singular: 'thing', plural: 'things', fields, titled: 'name', search: ['nmae'], requests: [] });
// @ts-expect-error 'nmae' is not one of this resource's fields
resource({ singular: 'thing', plural: 'things', fields, titled: 'name', unique: [['nmae']], requests: [] });
